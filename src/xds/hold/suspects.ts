import type { ClusterKey, GatewayIr } from "../../model/ir.ts";
import type { HeldOrigins } from "../held.ts";
import { originKey } from "../names.ts";
import type { ProxyRefusal } from "../proxy-state.ts";
import { changedOrigins, hasOrigin, routesNaming } from "./origins.ts";

export interface Plan {
  readonly gateway: GatewayIr;
  readonly held: HeldOrigins;
}

/** The Gateway in which an origin was last accepted. */
export function lastAccepted(origin: string, accepted: Plan | undefined): GatewayIr | undefined {
  if (accepted === undefined) return undefined;
  const held = accepted.held.get(origin);
  if (held !== undefined) return held.last;
  return hasOrigin(accepted.gateway, origin) ? accepted.gateway : undefined;
}

/** Released origins of the plan that are not as they were accepted: the only ones that may be the fault. */
export function unproven(plan: Plan, accepted: Plan | undefined): readonly string[] {
  const changed = new Set(changedOrigins(accepted?.gateway, plan.gateway));
  for (const origin of accepted?.held.keys() ?? []) if (hasOrigin(plan.gateway, origin)) changed.add(origin);
  const gateway = originKey(plan.gateway.origin);
  // Without listeners that were accepted before, there is nothing to hold a Gateway at.
  if (lastAccepted(gateway, accepted) === undefined) changed.delete(gateway);
  return [...changed].filter((origin) => !plan.held.has(origin));
}

/** Whether a cluster was part of what was accepted: a route named it that was not held, or was held at a state that did. */
function wasNamed(cluster: ClusterKey, accepted: Plan | undefined): boolean {
  if (accepted === undefined) return false;
  const { gateway, held } = accepted;
  for (const origin of routesNaming(gateway, cluster)) if (!held.has(origin)) return true;
  for (const [origin, { last }] of held) if (last !== undefined && routesNaming(last, cluster).has(origin)) return true;
  return false;
}

export type Suspicion =
  /** All of them are at fault. */
  | { readonly kind: "convicted"; readonly origins: readonly string[] }
  /** Some of them are. */
  | { readonly kind: "suspected"; readonly origins: readonly string[] }
  | { readonly kind: "unexplained" };

export function suspicion(refusal: ProxyRefusal, plan: Plan, accepted: Plan | undefined): Suspicion {
  const { type, resource } = refusal;
  // Endpoints come by a lane of their own: no object of the Gateway explains them.
  if (type === "endpoint") return { kind: "unexplained" };
  const candidates = unproven(plan, accepted);
  if (type === "cluster") {
    // A new name comes with the routes that name it: with them at their last state it is not needed.
    const naming = routesNaming(plan.gateway, resource);
    const convicted = candidates.filter((origin) => naming.has(origin));
    if (convicted.length > 0 && !wasNamed(resource, accepted)) return { kind: "convicted", origins: convicted };
  }
  const origins = candidates.filter((origin) => refusal.origins.includes(origin));
  return origins.length === 0 ? { kind: "unexplained" } : { kind: "suspected", origins };
}
