/** What a policy may set and nobody here does anything about. The reference documentation lists the same fields. */
import type { BackendTrafficPolicy } from "../../resources/kinds/backend-traffic-policy.ts";
import type { Spec } from "./spec.ts";

/** Paths under `spec`; "[]" is each item of a list. Whatever is below is not in effect either. */
export const pathsNotInEffect = [
  "admissionControl",
  "bandwidthLimit",
  // Envoy takes it for a whole listener only, and no policy may change one.
  "compression[].minContentLength",
  "compressor[].minContentLength",
  "connection.socketBufferLimit",
  "healthCheck.active.healthCheckLog",
  "loadBalancer.dynamicModule",
  "rateLimit.global",
  "rateLimit.local.rules[].shared",
  "telemetry",
  "useClientProtocol",
] as const;

/** The fields of those that the policy sets, as it spells them. */
export function fieldsNotInEffect({ spec }: BackendTrafficPolicy): readonly string[] {
  return [...pathsNotInEffect.flatMap((path) => find(spec, "spec", path.split("."))), ...inPart(spec)].sort();
}

function find(value: unknown, where: string, [step, ...rest]: readonly string[]): readonly string[] {
  if (step === undefined) return [where];
  const name = step.replace("[]", "");
  const inner = (value as Readonly<Record<string, unknown>>)[name];
  if (inner === undefined) return [];
  if (!step.endsWith("[]")) return find(inner, `${where}.${name}`, rest);
  return (inner as readonly unknown[]).flatMap((item, index) => find(item, `${where}.${name}[${index}]`, rest));
}

/** Fields of which some values are in effect. */
function inPart({ routingType }: Spec): readonly string[] {
  // What Envoy Gateway calls Endpoint is how endpoints are found here.
  return routingType === "Service" ? ["spec.routingType"] : [];
}
