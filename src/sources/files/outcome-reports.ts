import { refOf, storeKey } from "../../resources/references.ts";
import type { Outcome } from "../store.ts";
import type { Holding, Look } from "./catalog.ts";
import type { Report } from "./report.ts";

const levels = { added: "applied", changed: "changed", removed: "removed" } as const;

/** What the store made of the looks: one report for each object that is another now. */
export function reportsOf(outcomes: readonly Outcome[], looks: readonly Look[]): readonly Report[] {
  const changed = outcomes.filter((outcome) => outcome.effect !== "unchanged");
  if (changed.length === 0) return [];
  const holdings = new Map<string, Holding>([
    ...looks.flatMap((look) => look.removals.map(({ key, holding }) => [key, holding] as const)),
    ...looks.flatMap((look) => look.puts.map((holding) => [storeKey(holding.object), holding] as const)),
  ]);
  return changed.map(({ key, effect, object }) => {
    const { file = "", location } = holdings.get(key) ?? {};
    return {
      level: levels[effect as keyof typeof levels],
      object: refOf(object),
      file,
      line: location?.start.line ?? 0,
      column: location?.start.column ?? 0,
      reason: effect === "removed" ? "no file has it any more" : `generation ${object.metadata.generation}`,
    };
  });
}
