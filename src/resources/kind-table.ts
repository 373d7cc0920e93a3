import type { KindDeclaration } from "./kind.ts";
import { backendTrafficPolicy } from "./kinds/backend-traffic-policy.ts";
import { endpointSlice } from "./kinds/endpoint-slice.ts";
import { gateway } from "./kinds/gateway.ts";
import { gatewayClass } from "./kinds/gateway-class.ts";
import { httpRoute } from "./kinds/http-route.ts";
import { inferenceModel } from "./kinds/inference-model.ts";
import { inferencePoolV1, inferencePoolV1Alpha2 } from "./kinds/inference-pool.ts";
import { namespace } from "./kinds/namespace.ts";
import { pod } from "./kinds/pod.ts";
import { service } from "./kinds/service.ts";
import { nearestName } from "./nearest-name.ts";

/** Every kind that is read. */
export const kinds: readonly KindDeclaration[] = [
  gatewayClass,
  gateway,
  httpRoute,
  namespace,
  service,
  endpointSlice,
  pod,
  backendTrafficPolicy,
  inferencePoolV1,
  inferencePoolV1Alpha2,
  inferenceModel,
];

const byApiVersionAndKind = new Map(
  kinds.flatMap((kind) =>
    [kind.version, ...kind.otherVersions].map((version) => [
      `${kind.group === "" ? "" : `${kind.group}/`}${version} ${kind.kind}`,
      kind,
    ]),
  ),
);

export function findKind(apiVersion: string, kind: string): KindDeclaration | undefined {
  return byApiVersionAndKind.get(`${apiVersion} ${kind}`);
}

/** "apiVersion kind" of the kind that was probably meant. */
export function nearestKind(apiVersion: string, kind: string): string | undefined {
  const named = [...byApiVersionAndKind].filter(([, declared]) => declared.kind === kind).map(([key]) => key);
  if (named.length > 0) return nearestName(`${apiVersion} ${kind}`, named) ?? named[0];
  const nearest = nearestName(
    kind,
    kinds.map((declared) => declared.kind),
  );
  return nearest === undefined
    ? undefined
    : [...byApiVersionAndKind].find(([, declared]) => declared.kind === nearest)?.[0];
}
