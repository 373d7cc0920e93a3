/**
 * What follows from owning, and from owning no more. It reads the Lease's word on who owns; it produces the order in
 * which this replica serves, writes and lets go. https://kubernetes.io/docs/concepts/architecture/leases/
 *
 *     owner:    serve, write, be labelled (the xDS Service selects the label)
 *     yielding: write nothing, end xDS streams so that proxies go to the new owner and learn its picker,
 *               then end what waits here, so that they replay it there
 */
import type { Cancel, Clock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import type { Log } from "../../observe/log.ts";

export interface OwnershipParts {
  /** Takes proxies' streams, or refuses them and ends those that are open. */
  setServingXds(isServing: boolean): void;
  /** Takes requests, or ends those that wait. */
  setPicking(isPicking: boolean): void;
  /** Statuses, infrastructure, certificates. */
  setWriting(isWriting: boolean): void;
  /** Whether requests wait in this replica's picker. */
  isWaitedFor(): boolean;
  /** Answers what waits here, and what still comes, that it is not served. */
  refuse(): void;
  /** This replica's own label; asked again until it succeeds. */
  label(isOwner: boolean): Promise<void>;
}

export interface OwnershipOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: string;
  readonly parts: OwnershipParts;
  /** From the end of the xDS streams to the end of what waits: proxies must have acknowledged the new picker. */
  readonly handOverMs?: number;
}

export type Role = "standby" | "owner" | "yielding";

/** How long one that ends waits for another to own, where nothing waits for a server. */
export const takenOverMs = 10_000;

const defaultHandOverMs = 2_000;
const labelAgainMs = 1_000;
/** How often it is seen whether requests still wait. */
const lookMs = 500;

export class Ownership {
  readonly #options: OwnershipOptions;
  #role: Role = "standby";
  #holder: string | undefined;
  #heard = false;
  #cancelHandOver: Cancel = () => {};
  #cancelLabel: Cancel = () => {};
  #waiters: (() => void)[] = [];

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  get role(): Role {
    return this.#role;
  }

  /** Who owns, as far as it is known. */
  get holder(): string | undefined {
    return this.#holder;
  }

  /** The Lease's word, each time that it changes. */
  told(isOwner: boolean, holder: string | undefined): void {
    this.#holder = holder;
    if (isOwner) this.#own();
    else if (this.#role === "owner") this.#yield();
    // The picker may be that of a control thread which owned, and ended.
    else if (!this.#heard) this.#options.parts.setPicking(false);
    this.#heard = true;
    for (const wake of this.#waiters) wake();
  }

  /**
   * Resolves when nothing is served here any more. Where nobody takes over it serves for `limitMs`, and while requests
   * wait here for `drainMs`; those that are left are refused.
   */
  async left(limitMs: number, drainMs: number): Promise<void> {
    const { clock, log, identity, parts } = this.#options;
    const sinceMs = clock.monotonicMs();
    const isOver = (): boolean => {
      const goneMs = clock.monotonicMs() - sinceMs;
      return goneMs >= limitMs && (goneMs >= drainMs || !parts.isWaitedFor());
    };
    while (this.#role === "yielding" || (this.#role === "owner" && !isOver())) await this.#change(lookMs);
    if (this.#role !== "owner") return;
    if (parts.isWaitedFor()) log.warn({ identity }, "No other replica took over: what waits is answered 503");
    else log.info({ identity }, "No other replica took over, and nothing waits");
    parts.refuse();
  }

  stop(): void {
    this.#cancelHandOver();
    this.#cancelLabel();
  }

  #own(): void {
    if (this.#role === "owner") return;
    const { log, identity, parts } = this.#options;
    this.#cancelHandOver();
    this.#role = "owner";
    log.info({ identity, text: `${identity} owns: it serves proxies, picks and writes statuses` }, "owner");
    parts.setPicking(true);
    parts.setServingXds(true);
    parts.setWriting(true);
    this.#label(true);
  }

  #yield(): void {
    const { clock, log, identity, parts, handOverMs = defaultHandOverMs } = this.#options;
    this.#role = "yielding";
    const fields = { identity, holder: this.#holder, text: `${this.#holder ?? "another replica"} owns now` };
    log.info(fields, "yielding");
    parts.setWriting(false);
    this.#label(false);
    parts.setServingXds(false);
    this.#cancelHandOver = clock.after(handOverMs, () => {
      this.#role = "standby";
      parts.setPicking(false);
      for (const wake of this.#waiters) wake();
    });
  }

  #label(isOwner: boolean): void {
    const { clock, log, parts } = this.#options;
    this.#cancelLabel();
    parts.label(isOwner).catch((error: unknown) => {
      log.warn({ error: messageOf(error), isOwner }, "The Pod's owner label could not be written; it is tried again");
      this.#cancelLabel = clock.after(labelAgainMs, () => {
        if (isOwner === (this.#role === "owner")) this.#label(isOwner);
      });
    });
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiters = this.#waiters.filter((waiter) => waiter !== done);
        resolve();
      };
      const cancel = this.#options.clock.after(limitMs, done);
      this.#waiters.push(done);
    });
  }
}
