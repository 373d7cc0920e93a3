import type { Condition } from "../../resources/condition.ts";
import { reasons } from "../../resources/reasons.ts";
import { type Fields, listOf } from "./fields.ts";

export type TimedCondition = Condition & { readonly lastTransitionTime: string };

/** In each list of conditions. */
const maxConditions = 8;

/** What is of these types is ours to remove; all other types are somebody else's. */
const ourTypes: ReadonlySet<unknown> = new Set(Object.values(reasons).flatMap((types) => Object.keys(types)));

/** Ours with the time at which their status last changed, then those of types that we never write. */
export function mergeConditions(
  observed: unknown,
  ours: readonly Condition[],
  now: string,
): readonly (TimedCondition | Fields)[] {
  const before = listOf(observed);
  const byType = new Map(before.map((condition) => [condition["type"], condition]));
  const foreign = before.filter(({ type }) => !ourTypes.has(type));
  const timed = ours.map((condition): TimedCondition => {
    const last = byType.get(condition.type);
    const kept = last?.["status"] === condition.status ? last["lastTransitionTime"] : undefined;
    return { ...condition, lastTransitionTime: typeof kept === "string" ? kept : now };
  });
  return [...timed, ...foreign].slice(0, maxConditions);
}
