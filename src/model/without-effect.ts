/** What is set on a rule and changes nothing there, so that its author is told. */
import type { HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { Backend } from "./backends.ts";
import type { ConvertedFilters } from "./filters.ts";
import type { ClusterSettingsIr } from "./ir.ts";
import { nameKey } from "./origins.ts";
import type { RuleInput } from "./rules.ts";
import type { PolicyTraffic } from "./traffic/traffic.ts";

/** Fields of the rule; a redirect has nothing to wait for. */
export function withoutEffect(rule: HTTPRouteRule, { redirect }: ConvertedFilters): readonly string[] {
  const fields = ["sessionPersistence", ...(redirect === undefined ? [] : (["retry", "timeouts"] as const))] as const;
  return fields.filter((field) => rule[field] !== undefined);
}

/** What a policy sets and the backends of the rule cannot have. */
export function policyWithoutEffect(
  { index, policy }: Pick<RuleInput, "index" | "policy">,
  targets: readonly { readonly backend: Backend; readonly weight: number }[],
  { cluster, upgrades }: PolicyTraffic,
): readonly string[] {
  if (policy === undefined) return [];
  const used = targets.filter(({ weight }) => weight > 0);
  const fields = [
    ...(used.some(({ backend }) => backend.kind === "pool") ? onPools(cluster, upgrades) : []),
    ...(cluster.activeCheck?.check.kind === "grpc" && !used.every(isHttp2) ? ["healthCheck.active"] : []),
  ];
  const name = nameKey(policy.metadata.namespace, policy.metadata.name);
  return fields.map((field) => `spec.${field} of BackendTrafficPolicy ${name} on spec.rules[${index}]`);
}

/** The picker alone chooses the endpoint, and a body that is held for it would hold an upgraded connection. */
function onPools({ loadBalancer }: ClusterSettingsIr, upgrades: PolicyTraffic["upgrades"]): readonly string[] {
  return [
    ...(upgrades === undefined ? [] : ["httpUpgrade"]),
    ...(loadBalancer?.endpointHeaders === undefined ? [] : ["loadBalancer.endpointOverride"]),
    ...(loadBalancer?.zoneWeights === undefined ? [] : ["loadBalancer.zoneAware.weightedZones"]),
    ...(loadBalancer?.localZone === undefined ? [] : ["loadBalancer.zoneAware.preferLocal"]),
  ];
}

function isHttp2({ backend }: { readonly backend: Backend }): boolean {
  switch (backend.kind) {
    case "service":
      return backend.endpoints.protocol === "h2c";
    case "pool":
      return backend.face.endpoints.protocol === "h2c";
    case "missing":
      return true;
  }
}
