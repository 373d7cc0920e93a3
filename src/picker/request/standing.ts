import type { ObjectiveIr } from "../../model/ir.ts";
import { defaultFlow } from "../flow/ask.ts";

/** How important a request is, and whose: what flow control orders by. */
export interface Standing {
  readonly priority: number;
  /** Fairness id. */
  readonly flow: string;
}

/** What somebody says of a request. */
export interface Claim {
  readonly objective?: string;
  readonly fairnessId?: string;
}

/** Of a pool: which objectives it has, and what clients may say of themselves. */
export interface StandingRules {
  readonly priorities: ReadonlyMap<string, number>;
  readonly trustObjective: boolean;
  readonly trustFairness: boolean;
}

/** Longer ids are cut: each is kept while its requests wait. */
const longestFlow = 256;

export function createStandingRules(
  objectives: readonly ObjectiveIr[],
  trust: { readonly trustClientObjective: boolean; readonly trustClientFairness: boolean },
): StandingRules {
  return {
    priorities: new Map(objectives.map(({ name, priority }) => [name, priority])),
    trustObjective: trust.trustClientObjective,
    trustFairness: trust.trustClientFairness,
  };
}

/** The route's word counts before the client's. An objective that the pool does not have leaves the model's priority. */
export function standingOf(rules: StandingRules, route: Claim, client: Claim, modelPriority: number): Standing {
  const objective = route.objective ?? (rules.trustObjective ? client.objective : undefined);
  const fairnessId = route.fairnessId ?? (rules.trustFairness ? client.fairnessId : undefined);
  return {
    priority: (objective === undefined ? undefined : rules.priorities.get(objective)) ?? modelPriority,
    flow: fairnessId?.slice(0, longestFlow) ?? defaultFlow,
  };
}
