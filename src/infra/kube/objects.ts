/**
 * A Gateway's proxies as Kubernetes objects. Pure: reads what the model says of them and the settings that all share;
 * produces the objects in the order in which they are applied. Same input, same bytes, so that nothing but a change of
 * them replaces a Pod.
 */

import { messageOf } from "../../lib/message-of.ts";
import type { InfrastructureIr } from "../../model/infrastructure.ts";
import { autoscaler } from "./autoscaler.ts";
import { configMap } from "./config-map.ts";
import { deployment } from "./deployment.ts";
import { disruptionBudget } from "./disruption-budget.ts";
import type { Making, Manifest } from "./make-object.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";
import type { InfrastructureSettings } from "./settings.ts";

export type Plan =
  | { readonly kind: "objects"; readonly objects: readonly Manifest[] }
  /** What runs stays as it is. */
  | { readonly kind: "hold"; readonly problem?: string };

export function plan(infrastructure: InfrastructureIr, settings: InfrastructureSettings): Plan {
  // The Gateway's conditions say either.
  if (infrastructure.problem !== undefined || infrastructure.ports.length === 0) return { kind: "hold" };
  const making: Making = { infrastructure, settings };
  try {
    const objects = [
      serviceAccount(making),
      configMap(making),
      deployment(making),
      service(making),
      ...disruptionBudget(making),
      ...autoscaler(making),
    ];
    return { kind: "objects", objects };
  } catch (error) {
    return { kind: "hold", problem: messageOf(error) };
  }
}
