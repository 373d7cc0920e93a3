/**
 * What is to be sent so that an object says what we say, and everybody else's words stay: lists of a status are
 * replaced as a whole, so what others wrote into them is sent along. Pure; the caller guards the patch with the
 * resourceVersion that it was made from.
 */
import { isDeepStrictEqual } from "node:util";
import { type Fields, fieldsOf, listOf } from "./fields.ts";
import { mergeConditions } from "./merge-conditions.ts";
import { mergeEntries } from "./merge-entries.ts";
import type { SpelledListener, SpelledStatus } from "./spell.ts";

export interface MergeContext {
  readonly controllerName: string;
  /** RFC 3339 in seconds, as Kubernetes writes it: of conditions that change now. */
  readonly now: string;
  /** The Gateway exists and is another controller's. */
  readonly isForeignGateway: (namespace: string, name: string) => boolean;
}

/** Of a status, what is to be replaced. */
export type StatusPatch = Readonly<Record<string, unknown>>;

/** Undefined: the object says already what it is to say. */
export function statusPatch(observed: unknown, ours: SpelledStatus, context: MergeContext): StatusPatch | undefined {
  const before = fieldsOf(observed);
  const after = merged(before, ours, context);
  const changed = Object.entries(after).filter(([field, value]) => !sameField(before[field], value));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function merged(before: Fields, ours: SpelledStatus, context: MergeContext): Fields {
  const { conditions, listeners, supportedFeatures, addresses, parents, parent, ancestors } = ours;
  return {
    ...(conditions && { conditions: mergeConditions(before["conditions"], conditions, context.now) }),
    ...(supportedFeatures && { supportedFeatures }),
    ...(addresses && { addresses }),
    ...(listeners && { listeners: mergeListeners(before["listeners"], listeners, context.now) }),
    ...(parents && { parents: mergeEntries(before["parents"], parents, { ...context, list: "parents" }) }),
    ...(parent && { parent: mergeEntries(before["parent"], parent, { ...context, list: "parent" }) }),
    ...(ancestors && { ancestors: mergeEntries(before["ancestors"], ancestors, { ...context, list: "ancestors" }) }),
  };
}

/** A Gateway's listeners are its controller's; only unknown conditions on them are another's. */
function mergeListeners(observed: unknown, ours: readonly SpelledListener[], now: string): readonly Fields[] {
  const before = new Map(listOf(observed).map((listener) => [listener["name"], listener]));
  return ours.map((listener) => ({
    ...listener,
    conditions: mergeConditions(before.get(listener.name)?.["conditions"], listener.conditions, now),
  }));
}

/** No list is an empty one, and the order of conditions says nothing. */
function sameField(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(comparable(before ?? []), comparable(after));
}

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(comparable);
    const isConditions = items.length > 0 && items.every((item) => "lastTransitionTime" in fieldsOf(item));
    return isConditions ? items.sort((a, b) => (typeOf(a) < typeOf(b) ? -1 : 1)) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
}

function typeOf(condition: unknown): string {
  return String(fieldsOf(condition)["type"]);
}
