import { memoOn } from "../lib/memo.ts";
import type { ObjectStatus } from "../model/result.ts";
import type { Condition } from "../resources/condition.ts";
import { groupedKey, type ObjectRef } from "../resources/object.ts";
import { isRefusal } from "./held.ts";

/** What `kubectl describe` of the object is to show. */
export interface HeldEvent {
  readonly ref: ObjectRef;
  readonly type: "Normal" | "Warning";
  readonly reason: "Refused" | "TakenAgain";
  readonly action: "Program";
  readonly note: string;
}

/** Between two lists of final statuses: what proxies refuse now, and what they no longer refuse. */
export function heldEvents(before: readonly ObjectStatus[], after: readonly ObjectStatus[]): readonly HeldEvent[] {
  if (before === after) return [];
  const known = refusals(before);
  const now = refusals(after);
  const events: HeldEvent[] = [];
  for (const [key, { ref, where, message }] of now) {
    if (known.get(key)?.message === message) continue;
    events.push({ ref, type: "Warning", reason: "Refused", action: "Program", note: `${where}: ${message}` });
  }
  if (known.size === 0) return events;
  const present = new Set(after.map((status) => groupedKey(status.ref)));
  for (const [key, { ref, where }] of known) {
    if (now.has(key) || !present.has(groupedKey(ref))) continue;
    const note = `${where}: no proxy refuses it any more`;
    events.push({ ref, type: "Normal", reason: "TakenAgain", action: "Program", note });
  }
  return events;
}

interface Refusal {
  readonly ref: ObjectRef;
  readonly where: string;
  readonly message: string;
}

/** By object and place. */
function refusals(statuses: readonly ObjectStatus[]): ReadonlyMap<string, Refusal> {
  return new Map(statuses.flatMap(refusalsOf));
}

/** Once for each status: of thousands few change at a time. */
const refusalsOf = memoOn(({ ref, body }: ObjectStatus): readonly (readonly [string, Refusal])[] =>
  placesOf(body).flatMap(({ where, conditions }) => {
    const condition = conditions.find(isRefusal);
    if (condition === undefined) return [];
    return [[`${groupedKey(ref)} ${where}`, { ref, where, message: condition.message }] as const];
  }),
);

interface Place {
  readonly where: string;
  readonly conditions: readonly Condition[];
}

function placesOf(body: ObjectStatus["body"]): readonly Place[] {
  switch (body.kind) {
    case "gateway":
      return body.listeners.map(({ name, conditions }) => ({ where: `Listener ${name}`, conditions }));
    case "parents":
      return body.parents.map(({ ref: { kind, namespace, name, sectionName }, conditions }) => {
        const section = sectionName === undefined ? "" : `/${sectionName}`;
        return { where: `${kind} ${namespace}/${name}${section}`, conditions };
      });
    case "conditions":
    case "ancestors":
      return [];
  }
}
