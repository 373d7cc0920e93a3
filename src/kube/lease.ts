/**
 * Ownership by a Lease: one replica at a time is told that it owns. Reads and writes one Lease object; produces
 * `onOwner`. An owner that cannot renew goes on owning until it sees another holder, so that a missing API server stops
 * nobody; a candidate takes a Lease that nobody holds, or that was not renewed for its whole duration.
 * https://kubernetes.io/docs/concepts/architecture/leases/
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { messageOf } from "../lib/message-of.ts";
import { sleep } from "../lib/sleep.ts";
import type { Log } from "../observe/log.ts";
import { type KubeApi, KubeError, type KubeObject } from "./api.ts";
import { decide, isSameRecord } from "./lease-decision.ts";
import { heldLease, type LeaseRecord, leases, newLease, readRecord } from "./lease-record.ts";
import { within } from "./within.ts";

export interface LeaseOptions {
  readonly api: Pick<KubeApi, "get" | "create" | "replace">;
  readonly clock: Clock;
  readonly log: Log;
  readonly name: string;
  readonly namespace: string;
  /** Of this replica, the same after a restart of a worker. */
  readonly identity: string;
  readonly durationSeconds?: number;
  readonly renewMs?: number;
  /** Told whenever either changes. `holder` undefined: nobody, or not known. */
  readonly onOwner: (isOwner: boolean, holder: string | undefined) => void;
}

export interface Lease {
  /** Gives the Lease up, so that another takes it at once, and never takes it again. Goes on telling who holds it. */
  release(): Promise<void>;
  /** Releases and ends; nothing is told after this. */
  stop(): Promise<void>;
}

const defaultRenewMs = 1000;
/** A connection that hangs must not cost the Lease. */
const answerMs = 2000;

export function startLease(options: LeaseOptions): Lease {
  const controller = new AbortController();
  const run = new Run(options, controller.signal);
  const done = run.run();
  return {
    release: () => run.release(),
    async stop() {
      await run.release();
      controller.abort();
      await done;
    },
  };
}

class Run {
  readonly #options: LeaseOptions;
  readonly #signal: AbortSignal;
  /** As last seen; an owner's writes are made from it, and refused where it is not the latest. */
  #lease: KubeObject | undefined;
  #record: LeaseRecord | undefined;
  #unchangedMs = 0;
  #lookedMs = 0;
  #isOwner = false;
  #toldHolder: string | undefined;
  #isLeaving = false;
  /** The next turn must look before it writes. */
  #isStale = true;
  #isFailing = false;
  #turn: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(options: LeaseOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { clock, renewMs = defaultRenewMs } = this.#options;
    while (!this.#signal.aborted) {
      this.#turn = this.#takeTurn();
      await this.#turn;
      await sleep(clock, renewMs, this.#signal);
    }
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    this.#isLeaving = true;
    await this.#turn;
    if (!this.#isOwner) return;
    try {
      // An answer that was lost leaves a newer version than ours.
      if (this.#isStale) await this.#look();
      if (this.#record?.holder === this.#options.identity) await this.#write("");
    } catch (error) {
      this.#isStale = true;
      this.#options.log.warn({ error: messageOf(error) }, "Cannot release the Lease: others wait until it expires");
    }
  }

  async #takeTurn(): Promise<void> {
    try {
      await this.#lookAndAct();
      if (this.#isFailing) this.#options.log.info({}, "The Lease is read and written again");
      this.#isFailing = false;
    } catch (error) {
      this.#isStale = true;
      // Somebody was faster: the next turn sees who.
      if (error instanceof KubeError && error.status === 409) return this.#afterConflict();
      if (!this.#isFailing)
        this.#options.log.warn({ error: messageOf(error), isOwner: this.#isOwner }, "Cannot read or write the Lease");
      this.#isFailing = true;
    }
  }

  /** An owner must know at once whether another one holds it now. */
  async #afterConflict(): Promise<void> {
    try {
      await this.#look();
      this.#tell();
    } catch {
      // The next turn tries again, and says so.
    }
  }

  async #lookAndAct(): Promise<void> {
    const { identity } = this.#options;
    if (this.#isStale || !this.#isOwner || this.#isLeaving) await this.#look();
    const standing = {
      identity,
      isOwner: this.#isOwner,
      isLeaving: this.#isLeaving,
      unchangedMs: this.#unchangedMs,
    };
    if (decide(this.#record, standing) === "hold") await this.#write(identity);
    this.#tell();
  }

  async #look(): Promise<void> {
    const { api, namespace, name, clock } = this.#options;
    this.#saw(await within(clock, answerMs, api.get(leases, { namespace, name })));
  }

  async #write(holder: string): Promise<void> {
    const { api, clock, namespace, name, durationSeconds = 6 } = this.#options;
    const known = this.#lease;
    const wanted = heldLease(known ?? newLease(namespace, name), { holder, durationSeconds, wallMs: clock.wallMs() });
    const answer = known === undefined ? api.create(leases, wanted) : api.replace(leases, wanted);
    this.#saw(await within(clock, answerMs, answer));
  }

  #saw(lease: KubeObject | undefined): void {
    const { clock, renewMs = defaultRenewMs } = this.#options;
    const record = lease === undefined ? undefined : readRecord(lease);
    const nowMs = clock.monotonicMs();
    // While nobody could renew nothing was proven: after an API server's absence its holder comes first.
    const provenMs = Math.min(nowMs - this.#lookedMs, 2 * renewMs);
    this.#unchangedMs = isSameRecord(record, this.#record) ? this.#unchangedMs + provenMs : 0;
    this.#lookedMs = nowMs;
    this.#lease = lease;
    this.#record = record;
    this.#isStale = false;
  }

  #tell(): void {
    const { identity, onOwner } = this.#options;
    const holder = this.#record?.holder || undefined;
    // Who gave it up serves until somebody else holds it.
    const isOwner = holder === identity || (this.#isOwner && holder === undefined);
    if (isOwner === this.#isOwner && (holder === this.#toldHolder || (isOwner && holder === undefined))) return;
    this.#isOwner = isOwner;
    this.#toldHolder = holder;
    onOwner(isOwner, holder);
  }
}

export interface LeaseHolder {
  readonly holder: string;
  /** It renews, as far as two looks can tell. */
  readonly isLive: boolean;
}

/** Longer than others wait between two renewals: client-go 2 s. */
const secondLookMs = 4000;

/** Who holds somebody else's Lease; undefined where there is none. Takes some seconds where it seems to have expired. */
export async function readLease(
  api: Pick<KubeApi, "get">,
  namespace: string,
  name: string,
  clock: Clock = systemClock,
): Promise<LeaseHolder | undefined> {
  const look = async () => {
    const lease = await api.get(leases, { namespace, name });
    return lease === undefined ? undefined : readRecord(lease);
  };
  const first = await look();
  if (first === undefined || first.holder === "") return first && { holder: "", isLive: false };
  // Its clock may be behind ours: only a second look shows that a Lease which seems old is not renewed.
  if (Date.parse(first.renewTime) + first.durationMs > clock.wallMs()) return { holder: first.holder, isLive: true };
  await sleep(clock, secondLookMs, new AbortController().signal);
  const second = await look();
  const isLive = second !== undefined && second.holder !== "" && !isSameRecord(first, second);
  return { holder: second?.holder ?? first.holder, isLive };
}
