/**
 * What a Gateway's proxies are to have, in the shape of Envoy's own dump, so that the tools made for that can read it:
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/admin/v3/config_dump.proto
 * Reads a snapshot, decodes its bytes; credentials never leave redact.ts. Owns nothing but the descriptors' registry.
 */
import { fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type ResourceType, type Snapshot, typeUrls, type XdsResource } from "../snapshot.ts";
import { descriptors } from "./descriptors.ts";
import { redact } from "./redact.ts";

export interface DumpFilter {
  /** Of the resource: "cluster", "endpoint", "listener", "route", "secret". */
  readonly type?: string;
  /** Of the resource, whole. */
  readonly name?: string;
}

export interface ConfigDump {
  readonly configs: readonly JsonValue[];
}

type Shape = (resource: XdsResource, message: JsonValue) => JsonValue;

interface Section {
  readonly type: ResourceType;
  readonly dump: string;
  readonly field: string;
  readonly shape: Shape;
}

/** In Envoy's order. */
const sections: readonly Section[] = [
  { type: "cluster", dump: "ClustersConfigDump", field: "dynamic_active_clusters", shape: versioned("cluster") },
  {
    type: "endpoint",
    dump: "EndpointsConfigDump",
    field: "dynamic_endpoint_configs",
    shape: versioned("endpoint_config"),
  },
  {
    type: "listener",
    dump: "ListenersConfigDump",
    field: "dynamic_listeners",
    shape: ({ name, version }, listener) => ({ name, active_state: { version_info: version, listener } }),
  },
  { type: "route", dump: "RoutesConfigDump", field: "dynamic_route_configs", shape: versioned("route_config") },
  {
    type: "secret",
    dump: "SecretsConfigDump",
    field: "dynamic_active_secrets",
    shape: ({ name, version }, secret) => ({ name, version_info: version, secret }),
  },
];

export function configDump({ resources }: Snapshot, filter: DumpFilter = {}): ConfigDump {
  const configs = sections.flatMap(({ type, dump, field, shape }) => {
    if (filter.type !== undefined && filter.type !== type) return [];
    const chosen = [...resources[type].values()].filter(
      ({ name }) => filter.name === undefined || filter.name === name,
    );
    if (chosen.length === 0) return [];
    const shown = chosen.map((resource) => shape(resource, decode(typeUrls[type], resource.body)));
    return [{ "@type": `type.googleapis.com/envoy.admin.v3.${dump}`, [field]: shown }];
  });
  return { configs };
}

/** proto3 JSON with the fields' own names, as Envoy prints it, and each Any opened. */
function decode(typeUrl: string, body: Uint8Array): JsonValue {
  const registry = descriptors();
  const type = registry.getMessage(typeUrl.slice(typeUrl.indexOf("/") + 1));
  if (type === undefined) throw new Error(`Cannot show a resource: there is no descriptor of ${typeUrl}`);
  const message = fromBinary(type, body);
  redact(message, registry);
  const json = toJson(type, message, { registry, useProtoFieldName: true });
  return { "@type": typeUrl, ...(json as { readonly [field: string]: JsonValue }) };
}

function versioned(field: string): Shape {
  return ({ version }, message) => ({ version_info: version, [field]: message });
}
