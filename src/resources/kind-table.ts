import type { KindDeclaration } from "./kind.ts";
import { backend } from "./kinds/backend.ts";
import { backendTrafficPolicy } from "./kinds/backend-traffic-policy.ts";
import { configMap } from "./kinds/config-map.ts";
import { endpointSlice } from "./kinds/endpoint-slice.ts";
import { envoyProxy } from "./kinds/envoy-proxy.ts";
import { gateway } from "./kinds/gateway.ts";
import { gatewayClass } from "./kinds/gateway-class.ts";
import { httpRoute } from "./kinds/http-route.ts";
import { inferenceModel } from "./kinds/inference-model.ts";
import { inferenceModelRewrite } from "./kinds/inference-model-rewrite.ts";
import { inferenceObjective } from "./kinds/inference-objective.ts";
import { inferencePoolV1, inferencePoolV1Alpha2 } from "./kinds/inference-pool.ts";
import { namespace } from "./kinds/namespace.ts";
import { pod } from "./kinds/pod.ts";
import { referenceGrant } from "./kinds/reference-grant.ts";
import { secret } from "./kinds/secret.ts";
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
  inferenceObjective,
  inferenceModelRewrite,
  referenceGrant,
  secret,
  configMap,
  backend,
  envoyProxy,
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

/**
 * "apiVersion kind" of the kind that was probably meant: another version of its group, or one letter or two away. Kinds
 * of other groups share names (Service), and mean something else.
 */
export function nearestKind(apiVersion: string, kind: string): string | undefined {
  const wanted = `${apiVersion} ${kind}`;
  const sameGroup = [...byApiVersionAndKind].find(
    ([, declared]) => declared.kind === kind && declared.group === groupOf(apiVersion),
  );
  if (sameGroup !== undefined) return sameGroup[0];
  const near = [...byApiVersionAndKind.keys()].filter((key) => {
    const [itsVersion = "", itsKind = ""] = key.split(" ");
    return itsVersion === apiVersion || itsKind === kind;
  });
  return nearestName(wanted, near, 2);
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}
