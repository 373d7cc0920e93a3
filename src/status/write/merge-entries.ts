import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../../resources/condition.ts";
import { type Fields, fieldsOf, listOf } from "./fields.ts";
import { mergeConditions } from "./merge-conditions.ts";
import type { SpelledEntry } from "./spell.ts";

export type EntryList = "parents" | "parent" | "ancestors";

export interface EntriesContext {
  readonly list: EntryList;
  readonly controllerName: string;
  readonly now: string;
  readonly isForeignGateway: (namespace: string, name: string) => boolean;
}

/** As the CRDs limit them. */
const maxEntries = { parents: 32, parent: 32, ancestors: 16 } as const satisfies Record<EntryList, number>;

/** Other controllers' entries as they are, then ours; those of ours that nothing stands for any more are left out. */
export function mergeEntries(
  observed: unknown,
  ours: readonly SpelledEntry[],
  context: EntriesContext,
): readonly Fields[] {
  const before = listOf(observed);
  const foreign = before.filter((entry) => isForeign(entry, context));
  const mine = before.filter((entry) => !isForeign(entry, context));
  const wanted = fitting(ours, maxEntries[context.list] - foreign.length, context.list);
  if (wanted.length > 0) return [...foreign, ...wanted.map((entry) => timed(entry, mine, context.now))];
  if (context.list !== "parent") return foreign;
  // Of a v1alpha2 pool without parents this is the CRD's own spelling; it comes without a time to compare.
  if (mine.length === 0 || mine.some(isNoParent))
    return before.filter((entry) => isForeign(entry, context) || isNoParent(entry));
  return [...foreign, { ...noParent, conditions: mergeConditions([], [waiting], context.now) }];
}

/** Pools may leave the controller's name out, and v1alpha2 has none: then it is whose the Gateway is. */
function isForeign(entry: Fields, { controllerName, isForeignGateway }: EntriesContext): boolean {
  const writer = entry["controllerName"];
  if (typeof writer === "string" && writer !== "") return writer !== controllerName;
  const { kind, namespace, name } = fieldsOf(entry["parentRef"]);
  if (isNoParent(entry)) return false;
  return kind !== "Gateway" || isForeignGateway(String(namespace ?? ""), String(name));
}

function timed(entry: SpelledEntry, before: readonly Fields[], now: string): Fields {
  const last = before.find(
    ({ parentRef, ancestorRef }) =>
      isDeepStrictEqual(parentRef, entry.parentRef) && isDeepStrictEqual(ancestorRef, entry.ancestorRef),
  );
  return { ...entry, conditions: mergeConditions(last?.["conditions"], entry.conditions, now) };
}

/** The last that fits says that there are more, as Envoy Gateway does. */
function fitting(ours: readonly SpelledEntry[], room: number, list: EntryList): readonly SpelledEntry[] {
  if (ours.length <= room) return ours;
  const kept = ours.slice(0, Math.max(0, room));
  return kept.map((entry, index) =>
    index < kept.length - 1
      ? entry
      : { ...entry, conditions: [...entry.conditions, aggregated(entry, list, ours.length)] },
  );
}

function aggregated({ conditions }: SpelledEntry, list: EntryList, total: number): Condition {
  return {
    type: "Aggregated",
    status: "True",
    reason: "Aggregated",
    message: `Stands for others too: there are ${total}, and a status holds ${maxEntries[list]}`,
    observedGeneration: conditions[0]?.observedGeneration ?? 0,
  };
}

/** https://gateway-api-inference-extension.sigs.k8s.io/reference/x-v1a2-spec/#inferencepoolstatus */
const noParent = { parentRef: { kind: "Status", name: "default" } } as const;

const waiting: Condition = {
  type: "Accepted",
  status: "Unknown",
  reason: "Pending",
  message: "Waiting for controller",
  observedGeneration: 0,
};

function isNoParent(entry: Fields): boolean {
  const { kind, name } = fieldsOf(entry["parentRef"]);
  return kind === noParent.parentRef.kind && name === noParent.parentRef.name;
}
