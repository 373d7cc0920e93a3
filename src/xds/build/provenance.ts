import type { Metadata } from "../../gen/envoy/config/core/v3/base.ts";
import type { Origin } from "../../model/ir.ts";

/** Says in config_dump which object an element comes from, in the form that Envoy Gateway's users and tools know. */
export function provenance(origin: Origin): Metadata {
  const { kind, namespace, name, fieldPath } = origin;
  const resource = { kind, name, namespace, ...(fieldPath === "" ? {} : { fieldPath }) };
  return { filterMetadata: { "envoy-gateway": { resources: [resource] } } };
}
