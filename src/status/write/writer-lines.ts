import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import { type ObjectRef, objectKey } from "../../resources/object.ts";
import type { WriteFailure } from "./failure.ts";

/** While another writer goes on. */
const contendedEveryMs = 600_000;

/** What the writer logs: a line for each trouble, not for each object that has it. */
export class WriterLines {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #said = new Set<string>();
  #contendedMs = Number.NEGATIVE_INFINITY;
  #isAway = false;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Once for the objects of a kind, until one of them is written. */
  refused(ref: ObjectRef, { status, reason }: WriteFailure): void {
    const key = `${ref.kind}/${status}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    const text = `Cannot write the status of ${objectKey(ref)}: ${reason}`;
    this.#log.warn({ text, object: objectKey(ref), status, reason }, "cannot write a status");
  }

  contended(ref: ObjectRef): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#contendedMs < contendedEveryMs) return;
    this.#contendedMs = nowMs;
    const text = `The status of ${objectKey(ref)} does not stay as written: another controller writes it too, and is answered ever more rarely`;
    this.#log.warn({ text, object: objectKey(ref) }, "another controller writes the same status");
  }

  away(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    const text = `Cannot write statuses: ${reason}; they follow when the API server answers`;
    this.#log.warn({ text, reason }, "cannot write statuses");
  }

  written({ kind }: ObjectRef): void {
    for (const key of this.#said) if (key.startsWith(`${kind}/`)) this.#said.delete(key);
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#log.info({ text: "Statuses are written again" }, "statuses are written again");
  }
}
