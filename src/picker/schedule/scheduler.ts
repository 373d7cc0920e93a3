/**
 * Which server serves a request of one pool. It reads the pool's servers and what requests were found to cost; it
 * produces a placement and its charge in one synchronous step; it owns what the pool's levels have lately needed.
 *
 *   servers --state--> eligible --admission rule--> with room --hold-back--> for this level --scores--> best, then second
 */
import type { PoolSettingsIr } from "../../model/ir.ts";
import type { LearnedTokens } from "../../pool/learned-output.ts";
import type { Ledger } from "../../pool/ledger.ts";
import { formatPlacementId } from "../../pool/ledger-placement-id.ts";
import type { ModelServer } from "../../pool/server.ts";
import type { Ask } from "../flow/ask.ts";
import type { Moment, Placer } from "../flow/ports.ts";
import { explain } from "./explanation.ts";
import { HoldBack } from "./hold-back.ts";
import type { Need } from "./need.ts";
import type { Placement } from "./placement.ts";
import { PrefixAffinity } from "./prefix/affinity.ts";
import type { Hashing } from "./prefix/chain.ts";
import type { AdmissionRule } from "./rule.ts";
import { HeadroomRule } from "./rule-headroom.ts";
import { utilizationRule } from "./rule-utilization.ts";
import { type Affinities, type Candidate, rank } from "./score.ts";
import { SessionAffinity } from "./session-affinity.ts";
import { WaitCauses } from "./wait-causes.ts";

export type ScheduleSettings = Pick<
  PoolSettingsIr,
  | "admission"
  | "queueDepthThreshold"
  | "kvCacheUtilThreshold"
  | "metricsStalenessMs"
  | "holdBack"
  | "maxConcurrency"
  | "weights"
  | "prefix"
  | "fallbacks"
>;

export interface ScheduledPool {
  readonly settings: ScheduleSettings;
  readonly models: readonly { readonly priority: number }[];
}

export interface SchedulerPorts {
  readonly ledger: Ledger;
  readonly learned: LearnedTokens;
  /** 0 <= random() < 1: tells equals apart. */
  random(): number;
  /** Unique in every life of the picker; letters, digits, "-" and "_". */
  uniqueId(): string;
  /** Whether the decision that is being made is to be explained. Absent: none is. */
  isSampled?(nowMs: number): boolean;
}

export class Scheduler implements Placer {
  readonly waits = new WaitCauses();
  readonly #ports: SchedulerPorts;
  readonly #holdBack = new HoldBack();
  readonly #prefixes: PrefixAffinity;
  readonly #sessions = new SessionAffinity();
  #settings!: ScheduleSettings;
  #utilization!: AdmissionRule;
  #headroom!: HeadroomRule;
  #servers: readonly ModelServer[] = [];

  constructor(ports: SchedulerPorts, pool: ScheduledPool) {
    this.#ports = ports;
    this.#prefixes = new PrefixAffinity(pool.settings.prefix);
    this.configure(pool);
  }

  configure({ settings, models }: ScheduledPool): void {
    this.#settings = settings;
    this.#prefixes.configure(settings.prefix);
    this.#holdBack.configure(settings.holdBack, [...new Set(models.map(({ priority }) => priority))]);
    this.#utilization = utilizationRule(settings);
    this.#headroom = new HeadroomRule(settings, this.#utilization);
  }

  /** All servers of the pool, in whatever state. */
  setServers(servers: readonly ModelServer[]): void {
    this.#servers = servers;
  }

  get servers(): readonly ModelServer[] {
    return this.#servers;
  }

  /** How the prompts of requests are to be hashed; undefined: they are not compared. */
  get hashing(): Hashing | undefined {
    return this.#prefixes.hashing(this.#servers);
  }

  /** To be called whenever a request may have ended, also while none waits. */
  observe(now: Moment): void {
    this.#holdBack.observe(this.#eligible(), now.monotonicMs);
  }

  place(ask: Ask, now: Moment, ahead = false): Placement | undefined {
    const need = this.#need(ask);
    const nowMs = now.monotonicMs;
    const eligible = this.#eligible();
    const rule = this.#settings.admission === "headroom" ? this.#headroom : this.#utilization;
    const withRoom = candidates(eligible, (server) => rule.load(server, need, nowMs));
    if (withRoom.length === 0) {
      this.#holdBack.waits();
      this.waits.blocked(eligible.length === 0 ? "no-ready-server" : "no-room", nowMs);
      return undefined;
    }
    const allowed =
      rule === this.#headroom && !ahead
        ? this.#holdBack.allow(withRoom, eligible, need, this.#headroom, nowMs)
        : withRoom;
    if (allowed.length === 0) this.waits.blocked("held-back", nowMs);
    else this.waits.moving(nowMs);
    return this.#commit(ask, need, { eligible, withRoom, allowed }, now);
  }

  placeAnyway(ask: Ask, now: Moment): Placement | undefined {
    const need = this.#need(ask);
    const eligible = this.#eligible();
    const all = candidates(eligible, (server) => this.#utilization.load(server, need, now.monotonicMs) ?? 1);
    return this.#commit(ask, need, { eligible, withRoom: all, allowed: all }, now);
  }

  /** On this server, whether it has room or not. */
  placeOn(server: ModelServer, ask: Ask, now: Moment): Placement | undefined {
    const only = [{ server, load: 0 }];
    return this.#commit(ask, this.#need(ask), { eligible: [server], withRoom: only, allowed: only }, now);
  }

  saturated(now: Moment): boolean {
    return !this.#eligible().some((server) => this.#utilization.load(server, smallest, now.monotonicMs) !== undefined);
  }

  #need(ask: Ask): Need {
    return {
      model: ask.model,
      priority: ask.priority,
      promptBytes: ask.bytes,
      answers: Math.max(1, ask.answers),
      ...this.#ports.learned.expect(ask),
    };
  }

  #eligible(): readonly ModelServer[] {
    return this.#servers.filter(({ state }) => state === "ready");
  }

  #affinities({ prefix, session }: Ask): Affinities {
    return {
      ...(prefix === undefined ? {} : { prefix: (server) => this.#prefixes.share(server, prefix) }),
      ...(session === undefined ? {} : { session: (server) => (this.#sessions.isLast(server, session) ? 1 : 0) }),
    };
  }

  #commit(ask: Ask, need: Need, { eligible, withRoom, allowed }: Filtered, now: Moment): Placement | undefined {
    const ranked = rank(allowed, ask.target, this.#settings.weights, this.#ports.random, this.#affinities(ask));
    const [best, ...others] = ranked.map(({ server }) => server);
    if (best === undefined) return undefined;
    const { fallbacks } = this.#settings;
    // Who has room first, then who is at least able to serve.
    const full = others.length >= fallbacks ? [] : eligible.filter((one) => one !== best && !others.includes(one));
    const retries = [...others, ...full].slice(0, fallbacks);
    const endpoints = [best.address, ...retries.map(({ address }) => address)] as const;
    const { promptTokens, outputTokens } = need;
    const explanation =
      this.#ports.isSampled?.(now.monotonicMs) === true
        ? {
            expected: { promptTokens, outputTokens },
            servers: explain({ servers: this.#servers, withRoom, ranked, endpoints }),
          }
        : undefined;
    const id = formatPlacementId(this.#ports.uniqueId(), need, now.wallMs);
    this.#ports.ledger.charge(best, { id, ...need }, now.monotonicMs);
    this.#holdBack.placed(need, eligible, now.monotonicMs);
    if (ask.prefix !== undefined) this.#prefixes.placed(best, ask.prefix);
    if (ask.session !== undefined) this.#sessions.placed(best, ask.session);
    return { id, endpoints, ...(explanation === undefined ? {} : { explanation }) };
  }
}

/** Who is left after each filter. */
interface Filtered {
  readonly eligible: readonly ModelServer[];
  readonly withRoom: readonly Candidate[];
  readonly allowed: readonly Candidate[];
}

/** The least that can be asked for. */
const smallest: Need = { model: "", priority: 0, promptBytes: 0, promptTokens: 0, outputTokens: 1, answers: 1 };

function candidates(
  servers: readonly ModelServer[],
  load: (server: ModelServer) => number | undefined,
): readonly Candidate[] {
  return servers.flatMap((server) => {
    const share = load(server);
    return share === undefined ? [] : [{ server, load: share }];
  });
}
