import type { Cancel } from "../../lib/clock.ts";
import type { ObjectStatus } from "../../model/result.ts";
import type { ObservedObject } from "./observed.ts";
import type { SpelledStatus } from "./spell.ts";

/** What the writer knows of one object. */
export interface Slot {
  readonly key: string;
  status: ObjectStatus;
  spelled: SpelledStatus;
  /** `spelled` as JSON, to see that nothing new is to be said. */
  text: string;
  isInFlight: boolean;
  /** Ends the wait after which the object is looked at again. */
  cancelWait: Cancel | undefined;
  answer?: Answer;
  lastWriteMs: number;
  /** What was written last, to know when somebody else overwrites it. */
  written?: { readonly text: string; readonly uid: string };
  overwritten: Overwritten;
  /** Writes in a row that failed. */
  failures: number;
  hold?: Hold;
}

/** Of the server to our last write: it counts until the watch has caught up. */
interface Answer {
  readonly object: ObservedObject;
  /** Versions that the watch may still show although they are older. */
  readonly older: ReadonlySet<string>;
}

export interface Overwritten {
  readonly times: number;
  readonly lastMs: number;
  /** When it is to be answered; absent: it has been. */
  readonly dueMs?: number;
}

/** After a failure nothing is tried for a while, unless what failed is no longer what would be written. */
export interface Hold {
  readonly untilMs: number;
  readonly text: string;
  /** Only while this is the object's version. */
  readonly resourceVersion?: string;
}

/** What the object says as far as we know. */
export function latest({ answer }: Slot, observed: ObservedObject): ObservedObject {
  return answer?.older.has(observed.resourceVersion) ? answer.object : observed;
}

export function answered(slot: Slot, observed: ObservedObject, object: ObservedObject): void {
  const { answer } = slot;
  const older = answer?.older.has(observed.resourceVersion) ? [...answer.older, answer.object.resourceVersion] : [];
  slot.answer = { object, older: new Set([...older, observed.resourceVersion]) };
}
