import type { Backend } from "../resources/kinds/backend.ts";
import { refOf } from "../resources/references.ts";
import type { ByName } from "../resources/resource-set.ts";
import { convertAddress } from "./backend-addresses.ts";
import { isFalse, isTrue, notInEffect, stamp, warningOf } from "./conditions.ts";
import type { EndpointSourceIr, HostIr, Origin } from "./ir.ts";
import type { ModelOptions } from "./model.ts";
import { originOf } from "./origins.ts";
import type { ObjectStatus } from "./result.ts";

/** An Envoy Gateway Backend: endpoints that its author lists. */
export interface BackendObjectView {
  readonly object: Backend;
  readonly origin: Origin;
  /** Nothing is sent to it before everything else that its rule names is gone. */
  readonly isFallback: boolean;
  readonly content: BackendContent;
}

export type BackendContent =
  | { readonly kind: "usable"; readonly endpoints: EndpointSourceIr }
  | { readonly kind: "unusable"; readonly reason: string; readonly message: string };

export function viewBackendObjects(
  backends: ByName<Backend>,
  options: ModelOptions,
): ReadonlyMap<string, BackendObjectView> {
  return new Map(
    [...backends].map(([key, object]) => [
      key,
      {
        object,
        origin: originOf(object),
        isFallback: object.spec.fallback === true,
        content: contentOf(object, options),
      },
    ]),
  );
}

function contentOf({ metadata, spec }: Backend, options: ModelOptions): BackendContent {
  const { type, endpoints = [], appProtocols = [], tls } = spec;
  if (type === "DynamicResolver") return unusable("UnsupportedValue", "type DynamicResolver is not supported");
  if (tls !== undefined) return unusable("InvalidBackendTLS", "TLS to backends is not supported yet");
  if (appProtocols.includes("gateway.envoyproxy.io/wss")) {
    return unusable("UnsupportedProtocol", "appProtocol gateway.envoyproxy.io/wss is not supported yet");
  }
  if (endpoints.length === 0) return unusable("InvalidBackendRef", "it has no endpoints");
  const hosts: HostIr[] = [];
  for (const [index, endpoint] of endpoints.entries()) {
    const converted = convertAddress(endpoint, options);
    if (converted.kind === "unusable") {
      return unusable(converted.reason, `spec.endpoints[${index}]: ${converted.message}`);
    }
    hosts.push(converted.host);
  }
  return {
    kind: "usable",
    endpoints: {
      kind: "backend",
      namespace: metadata.namespace,
      name: metadata.name,
      hosts: distinct(hosts),
      ...(appProtocols.includes("gateway.envoyproxy.io/h2c") ? { protocol: "h2c" } : {}),
    },
  };
}

/** Envoy takes no address twice. */
function distinct(hosts: readonly HostIr[]): readonly HostIr[] {
  const byAddress = new Map<string, HostIr>();
  for (const host of hosts) {
    const key = host.kind === "socket" ? host.path : `${host.kind === "ip" ? host.address : host.name} ${host.port}`;
    if (!byAddress.has(key)) byAddress.set(key, host);
  }
  return [...byAddress.values()];
}

function unusable(reason: string, message: string): BackendContent {
  return { kind: "unusable", reason, message };
}

export function backendObjectStatuses(views: ReadonlyMap<string, BackendObjectView>): readonly ObjectStatus[] {
  return [...views.values()].map(({ object, content }) => {
    const accepted =
      content.kind === "usable"
        ? isTrue("Accepted", "Accepted", "The Backend was accepted")
        : isFalse("Accepted", "Invalid", `The Backend was not accepted: ${content.message}`);
    const { generation } = object.metadata;
    const facts = [accepted, ...warningOf(notInEffect(fieldsNotInEffect(object)))];
    return { ref: refOf(object), generation, body: { kind: "conditions", conditions: stamp(facts, generation) } };
  });
}

function fieldsNotInEffect({ spec }: Backend): readonly string[] {
  return [
    ...(spec.endpoints ?? []).flatMap(({ zone }, index) =>
      zone === undefined ? [] : [`spec.endpoints[${index}].zone`],
    ),
    ...(spec.fallback === true ? ["spec.fallback (while its rule has another backend it gets no requests)"] : []),
  ];
}
