/**
 * What to do about refusals, for one Gateway. Reads the wanted Gateway and proxies' verdicts on snapshots; produces the
 * plan: which Gateway to build, with which origins held. No I/O, and time is a parameter.
 *
 *   want ---> plan ---> (build, publish) ---> verdicts ---> plan ...
 *
 * A plan is on trial until every connected proxy has accepted it, or one refuses. Refused, what changed since the last
 * accepted plan is searched by further plans, until the culprits are known: those stay held, everything else is at its
 * newest. A culprit is tried again once its object changes. A Gateway that is wanted meanwhile waits for the end of
 * the search, which is a bounded number of plans away.
 *
 * To wire it: whatever returns true has changed `plan`, so build and publish it. Call `publishing` with the sequence
 * before XdsServer.publish, also where only endpoints changed, since verdicts may come from within that call.
 */
import type { GatewayIr } from "../../model/ir.ts";
import { type HeldOrigin, type HeldOrigins, nothingHeld } from "../held.ts";
import type { ProxyRefusal, ProxyVerdict } from "../proxy-state.ts";
import { Jury } from "./jury.ts";
import { hasOrigin, isSame } from "./origins.ts";
import { Search } from "./search.ts";
import { lastAccepted, type Plan, suspicion } from "./suspects.ts";

/** A refusal that no changed object explains, such as a port that one proxy cannot bind. Nothing is held for it. */
export interface Unexplained extends ProxyRefusal {
  readonly stream: string;
  readonly node: string;
}

export interface HoldOptions {
  /**
   * How long a plan waits for a proxy that keeps silent: longer than any gate of the xDS server. One that is silent for
   * longer, and then refuses what the others took, may have the wrong origin blamed.
   */
  readonly trialLimitMs: number;
  /** Of a machine before this one, whose thread has ended. */
  readonly memory?: HoldMemory;
}

/** Plain data: what must outlive the thread, so that a route which worked before it was refused goes on working. */
export interface HoldMemory {
  /** The Gateway with which the culprits were refused. */
  readonly gateway: GatewayIr;
  readonly culprits: HeldOrigins;
}

export class Hold {
  readonly #jury: Jury;
  readonly #unexplained = new Map<string, Unexplained>();
  #plan: Plan | undefined;
  #accepted: Plan | undefined;
  #culprits: HeldOrigins = nothingHeld;
  #search: Search | undefined;
  #next: GatewayIr | undefined;
  /** First snapshot of the plan; undefined before it is published. Verdicts on earlier ones say nothing of it. */
  #first: number | undefined;

  constructor({ trialLimitMs, memory }: HoldOptions = { trialLimitMs: 10_000 }) {
    this.#jury = new Jury(trialLimitMs);
    if (memory === undefined) return;
    this.#culprits = memory.culprits;
    this.#plan = { gateway: memory.gateway, held: memory.culprits };
  }

  /** Undefined where nothing is held. */
  get memory(): HoldMemory | undefined {
    return this.#plan === undefined || this.#culprits.size === 0
      ? undefined
      : { gateway: this.#plan.gateway, culprits: this.#culprits };
  }

  /** What to build and publish; undefined before the first Gateway. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** Origins that are known to be refused, with the proxies' words: what statuses tell. */
  get culprits(): HeldOrigins {
    return this.#culprits;
  }

  get unexplained(): readonly Unexplained[] {
    return [...this.#unexplained.values()];
  }

  /** The last plan that was accepted by the connected proxies. */
  get accepted(): Plan | undefined {
    return this.#accepted;
  }

  /** When to call `expire`; infinite: never. */
  get deadlineMs(): number {
    return this.#jury.deadlineMs;
  }

  want(gateway: GatewayIr): boolean {
    if (this.#search === undefined || this.#jury.isEmpty) {
      this.#tryAll(gateway);
      return true;
    }
    this.#next = gateway;
    return false;
  }

  /** A snapshot of the current plan is about to be published. */
  publishing(sequence: number, nowMs: number): void {
    if (this.#first !== undefined) return;
    this.#first = sequence;
    this.#jury.begin(nowMs);
  }

  /** The streams that are connected: nobody else is waited for. */
  connected(streams: ReadonlySet<string>): boolean {
    this.#jury.connect(streams);
    this.#forgive(({ stream }) => !streams.has(stream));
    return this.#settle();
  }

  verdict({ stream, node, sequence, outcome }: ProxyVerdict): boolean {
    if (this.#first === undefined || sequence < this.#first) return false;
    if (outcome.kind === "refused") return this.#refused({ ...outcome, stream, node });
    if (outcome.kind === "accepted") this.#forgive((refusal) => refusal.stream === stream);
    // What was refused and only answered is unexplained: else there would be another plan by now.
    this.#jury.accept(stream);
    return this.#settle();
  }

  /** Proxies that were silent until the deadline are not waited for. */
  expire(nowMs: number): boolean {
    this.#jury.expire(nowMs);
    return this.#settle();
  }

  /** Everything at its newest, but for culprits whose object is still the one that was refused. */
  #tryAll(gateway: GatewayIr): void {
    const before = this.#plan?.gateway;
    const isStill = (origin: string): boolean =>
      before !== undefined && hasOrigin(gateway, origin) && isSame(origin, before, gateway);
    this.#culprits = new Map([...this.#culprits].filter(([origin]) => isStill(origin)));
    this.#unexplained.clear();
    this.#search = undefined;
    this.#next = undefined;
    this.#put({ gateway, held: this.#culprits });
  }

  #put(plan: Plan): void {
    this.#plan = plan;
    this.#first = undefined;
    this.#jury.end();
  }

  #settle(): boolean {
    const plan = this.#plan;
    if (plan === undefined || this.#first === undefined || !this.#jury.isUnanimous) return false;
    this.#accepted = plan;
    this.#jury.rest();
    if (this.#search === undefined) return false;
    this.#search.accepted();
    return this.#continue(this.#search, plan.gateway);
  }

  #refused(refusal: Unexplained): boolean {
    const plan = this.#plan;
    if (plan === undefined || this.#unexplained.has(keyOf(refusal))) return false;
    const found = suspicion(refusal, plan, this.#accepted);
    if (found.kind === "convicted") {
      this.#convict(found.origins, refusal.text);
      return this.#finish(plan.gateway);
    }
    const search = this.#search;
    if (search !== undefined && !search.isBaseline) {
      search.refused(refusal.text);
      return this.#continue(search, plan.gateway);
    }
    // Refused although all suspects are held: the fault is not among them, or not there alone.
    if (found.kind === "suspected") {
      return this.#begin([...(search?.suspects ?? []), ...found.origins], refusal, plan.gateway);
    }
    this.#unexplained.set(keyOf(refusal), refusal);
    return search === undefined ? false : this.#finish(plan.gateway);
  }

  #forgive(which: (refusal: Unexplained) => boolean): void {
    for (const [key, refusal] of this.#unexplained) if (which(refusal)) this.#unexplained.delete(key);
  }

  #begin(suspects: readonly string[], { text }: ProxyRefusal, gateway: GatewayIr): boolean {
    const spares = suspects.length > 1 && suspects.some((origin) => lastAccepted(origin, this.#accepted) === undefined);
    this.#search = new Search(suspects, { text, spares });
    return this.#continue(this.#search, gateway);
  }

  #continue(search: Search, gateway: GatewayIr): boolean {
    if (search.isDone) {
      for (const [origin, text] of search.culprits) this.#convict([origin], text);
      return this.#finish(gateway);
    }
    const onTrial = search.suspects.filter((origin) => !search.isReleased(origin));
    const held = onTrial.map((origin) => [origin, this.#holding(origin, search.text)] as const);
    this.#put({ gateway, held: new Map([...this.#culprits, ...held]) });
    return true;
  }

  #convict(origins: readonly string[], text: string): void {
    const held = origins.map((origin) => [origin, this.#holding(origin, text)] as const);
    this.#culprits = new Map([...this.#culprits, ...held]);
  }

  #finish(gateway: GatewayIr): boolean {
    this.#search = undefined;
    if (this.#next !== undefined) this.#tryAll(this.#next);
    else this.#put({ gateway, held: this.#culprits });
    return true;
  }

  #holding(origin: string, reason: string): HeldOrigin {
    const last = lastAccepted(origin, this.#accepted);
    return last === undefined ? { reason } : { reason, last };
  }
}

function keyOf({ stream, type, resource }: Unexplained): string {
  return `${stream} ${type} ${resource}`;
}
