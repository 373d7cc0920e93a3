/**
 * Writes statuses to the API server. It reads what each object's status is to say (the latest value counts) and what a
 * watch says that it says, and patches where they differ: our own entries only, guarded by the version that they were
 * compared with. It owns what is in flight and how long to wait: nothing that a new owner would have to be told.
 *
 *     setStatuses --+
 *     observed -----+--> queue (by importance) --> differs? --> patch, at most so many at once
 */
import type { KubeApi } from "../../kube/api.ts";
import type { Cancel, Clock } from "../../lib/clock.ts";
import type { ObjectStatus } from "../../model/result.ts";
import type { Log } from "../../observe/log.ts";
import { groupedKey, type ObjectRef } from "../../resources/object.ts";
import { failureOf, type WriteFailure } from "./failure.ts";
import { type StatusPatch, statusPatch } from "./merge.ts";
import type { ObservedObject, ObservedObjects } from "./observed.ts";
import { answered, latest, type Slot } from "./slot.ts";
import { spellStatus } from "./spell.ts";
import { backOffMs, dueMs, isOverwritten, overwrittenAgain } from "./waits.ts";
import { WriteQueue } from "./write-queue.ts";
import { WriterLines } from "./writer-lines.ts";

export interface StatusWriterOptions {
  readonly api: Pick<KubeApi, "mergePatch">;
  readonly observed: ObservedObjects;
  readonly clock: Clock;
  /** From 0 to less than 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly controllerName: string;
  readonly metrics?: StatusWriteMetrics;
}

export interface StatusWriteMetrics {
  wrote(kind: string, outcome: WriteOutcome): void;
}

export type WriteOutcome = "written" | WriteFailure["why"];

export interface StatusWriter {
  /** The whole list. An entry that did not change is the identical object, or equal. */
  setStatuses(statuses: readonly ObjectStatus[]): void;
  /** Nothing is written before it is true, and nothing begun after it is false. */
  setOwner(isOwner: boolean): void;
  /** What would be written now. */
  pending(): readonly StatusWrite[];
  /** Resolves when nothing is in flight any more. */
  stop(): Promise<void>;
}

export interface StatusWrite {
  readonly ref: ObjectRef;
  readonly status: StatusPatch;
}

interface Difference {
  /** As the watch shows it. */
  readonly observed: ObservedObject;
  /** As far as we know: the patch was made from it. */
  readonly base: ObservedObject;
  readonly patch: StatusPatch;
}

const maxInFlight = 8;
const fieldManager = "antechamber";

export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  return new Writer(options);
}

class Writer implements StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #lines: WriterLines;
  readonly #slots = new Map<string, Slot>();
  readonly #queue = new WriteQueue();
  readonly #stopObserving: () => void;
  #isOwner = false;
  #isStopped = false;
  #inFlight = 0;
  #onIdle: () => void = () => {};
  /** The server as a whole does not answer. */
  #pausedUntilMs = 0;
  #pauses = 0;
  #cancelPause: Cancel = () => {};

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#lines = new WriterLines(options.log, options.clock);
    this.#stopObserving = options.observed.subscribe((ref) => {
      const slot = this.#slots.get(groupedKey(ref));
      if (slot !== undefined) this.#look(slot);
    });
  }

  setStatuses(statuses: readonly ObjectStatus[]): void {
    const gone = new Set(this.#slots.keys());
    for (const status of statuses) {
      const key = groupedKey(status.ref);
      gone.delete(key);
      this.#setStatus(key, status);
    }
    for (const key of gone) {
      this.#slots.get(key)?.cancelWait?.();
      this.#slots.delete(key);
    }
  }

  setOwner(isOwner: boolean): void {
    if (this.#isOwner === isOwner) return;
    this.#isOwner = isOwner;
    if (isOwner) for (const slot of this.#slots.values()) this.#look(slot);
  }

  pending(): readonly StatusWrite[] {
    return [...this.#slots.values()].flatMap((slot) => {
      const difference = this.#difference(slot);
      return difference === undefined ? [] : [{ ref: slot.status.ref, status: difference.patch }];
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopObserving();
    this.#cancelPause();
    for (const slot of this.#slots.values()) slot.cancelWait?.();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #setStatus(key: string, status: ObjectStatus): void {
    const slot = this.#slots.get(key);
    if (slot?.status === status) return;
    const spelled = spellStatus(status, this.#options.controllerName);
    const text = JSON.stringify(spelled);
    if (slot !== undefined) {
      const isNew = slot.text !== text;
      Object.assign(slot, { status, spelled, text });
      if (isNew) this.#look(slot);
      return;
    }
    const created: Slot = {
      key,
      status,
      spelled,
      text,
      isInFlight: false,
      cancelWait: undefined,
      lastWriteMs: Number.NEGATIVE_INFINITY,
      overwritten: { times: 0, lastMs: Number.NEGATIVE_INFINITY },
      failures: 0,
    };
    this.#slots.set(key, created);
    this.#look(created);
  }

  /** As soon as it may be; what is in flight is looked at when it has ended. */
  #look(slot: Slot): void {
    if (!this.#isOwner || slot.isInFlight) return;
    this.#queue.add(slot.key, slot.status.ref.kind);
    this.#pump();
  }

  #lookLater(slot: Slot, delayMs: number): void {
    slot.cancelWait?.();
    slot.cancelWait = this.#options.clock.after(delayMs, () => this.#look(slot));
  }

  #pump(): void {
    while (this.#isOwner && !this.#isStopped && this.#inFlight < maxInFlight) {
      if (this.#options.clock.monotonicMs() < this.#pausedUntilMs) return;
      const key = this.#queue.take();
      if (key === undefined) return;
      const slot = this.#slots.get(key);
      if (slot !== undefined && !slot.isInFlight) this.#consider(slot);
    }
  }

  #consider(slot: Slot): void {
    const difference = this.#difference(slot);
    if (difference === undefined) return;
    const { clock, random } = this.#options;
    const nowMs = clock.monotonicMs();
    if (isOverwritten(slot, difference.base) && slot.overwritten.dueMs === undefined) {
      slot.overwritten = overwrittenAgain(slot.overwritten, nowMs, random);
      if (slot.overwritten.times > 2) this.#lines.contended(slot.status.ref);
    }
    const waitMs = dueMs(slot, difference.base) - nowMs;
    if (waitMs > 0) this.#lookLater(slot, waitMs);
    else void this.#write(slot, difference);
  }

  /** Undefined: nothing to write, or nothing to write it to. */
  #difference(slot: Slot): Difference | undefined {
    const { observed: all, clock, controllerName } = this.#options;
    const observed = all.get(slot.status.ref);
    if (observed === undefined) return undefined;
    const base = latest(slot, observed);
    const patch = statusPatch(base.status, slot.spelled, {
      controllerName,
      now: `${new Date(clock.wallMs()).toISOString().slice(0, -5)}Z`,
      isForeignGateway: (namespace, name) => this.#isForeignGateway(namespace, name),
    });
    return patch === undefined ? undefined : { observed, base, patch };
  }

  #isForeignGateway(namespace: string, name: string): boolean {
    const ref = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace, name };
    return !this.#slots.has(groupedKey(ref)) && this.#options.observed.get(ref) !== undefined;
  }

  async #write(slot: Slot, difference: Difference): Promise<void> {
    const { api, clock, metrics } = this.#options;
    const { observed, base, patch } = difference;
    const { resource } = observed;
    const { ref } = slot.status;
    const { text } = slot;
    slot.isInFlight = true;
    slot.lastWriteMs = clock.monotonicMs();
    const { times, lastMs } = slot.overwritten;
    slot.overwritten = { times, lastMs };
    this.#inFlight += 1;
    let outcome: WriteOutcome = "written";
    try {
      const body = { metadata: { resourceVersion: base.resourceVersion }, status: patch };
      const { metadata, status } = await api.mergePatch(resource, ref, body, {
        subresource: "status",
        fieldManager,
      });
      const { uid = base.uid, resourceVersion = "" } = metadata;
      answered(slot, observed, { uid, resourceVersion, status, resource });
      slot.written = { text, uid };
      slot.failures = 0;
      delete slot.hold;
      this.#pauses = 0;
      this.#lines.written(ref);
    } catch (error) {
      outcome = this.#failed(slot, text, difference, error);
    }
    metrics?.wrote(ref.kind, outcome);
    slot.isInFlight = false;
    this.#inFlight -= 1;
    if (this.#slots.get(slot.key) === slot) this.#look(slot);
    this.#pump();
    if (this.#inFlight === 0) this.#onIdle();
  }

  #failed(slot: Slot, text: string, { base }: Difference, error: unknown): WriteOutcome {
    const { clock, random } = this.#options;
    const failure = failureOf(error);
    if (failure.isOfAll) {
      this.#pause(failure);
      return failure.why;
    }
    if (failure.why === "failed" || failure.why === "refused") this.#lines.refused(slot.status.ref, failure);
    slot.failures += 1;
    const waitMs = Math.max(backOffMs(failure.why, slot.failures, random), failure.retryAfterMs);
    slot.hold = {
      text,
      untilMs: clock.monotonicMs() + waitMs,
      ...((failure.why === "outdated" || failure.why === "gone") && { resourceVersion: base.resourceVersion }),
    };
    return failure.why;
  }

  /** Once for all that were in flight together. */
  #pause({ reason, retryAfterMs }: WriteFailure): void {
    const { clock, random } = this.#options;
    if (clock.monotonicMs() < this.#pausedUntilMs) return;
    this.#pauses += 1;
    this.#lines.away(reason);
    const waitMs = Math.max(backOffMs("failed", this.#pauses, random), retryAfterMs);
    this.#pausedUntilMs = clock.monotonicMs() + waitMs;
    this.#cancelPause = clock.after(waitMs, () => this.#pump());
  }
}
