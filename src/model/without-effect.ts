/** What is set on a rule and changes nothing there, so that its author is told. */
import type { HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { Backend } from "./backends.ts";
import type { ConvertedFilters } from "./filters.ts";
import { nameKey } from "./origins.ts";
import type { RuleInput } from "./rules.ts";
import type { PolicyTimeouts } from "./timeouts.ts";

/** Fields of the rule; a redirect has nothing to wait for. */
export function withoutEffect(rule: HTTPRouteRule, { redirect }: ConvertedFilters): readonly string[] {
  const fields = ["sessionPersistence", ...(redirect === undefined ? [] : (["retry", "timeouts"] as const))] as const;
  return fields.filter((field) => rule[field] !== undefined);
}

/** While a request waits for a server of a pool nothing moves on its stream, so idleness must not end it. */
export function silentOnPools(
  { index, policy }: Pick<RuleInput, "index" | "policy">,
  targets: readonly { readonly backend: Backend; readonly weight: number }[],
  { streamIdleTimeoutMs }: PolicyTimeouts,
): readonly string[] {
  if (policy === undefined || streamIdleTimeoutMs === undefined) return [];
  if (!targets.some(({ backend, weight }) => backend.kind === "pool" && weight > 0)) return [];
  const name = nameKey(policy.metadata.namespace, policy.metadata.name);
  return [`spec.timeout.http.streamIdleTimeout of BackendTrafficPolicy ${name} on the pool of spec.rules[${index}]`];
}
