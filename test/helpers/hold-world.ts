import type { ClusterIr, GatewayIr, RouteIr } from "../../src/model/ir.ts";
import { withHeld } from "../../src/xds/build/held.ts";
import { Hold } from "../../src/xds/hold/hold.ts";
import type { Plan } from "../../src/xds/hold/suspects.ts";
import { originKey } from "../../src/xds/names.ts";
import type { ProxyOutcome, ProxyRefusal } from "../../src/xds/proxy-state.ts";
import type { ResourceType } from "../../src/xds/snapshot.ts";

/** Which parts of a configuration a proxy refuses, and in which words. */
export interface Taste {
  readonly route?: (route: RouteIr) => string | undefined;
  readonly cluster?: (cluster: ClusterIr) => string | undefined;
  readonly listener?: (port: number) => string | undefined;
}

interface Published {
  readonly sequence: number;
  readonly plan: Plan;
}

interface Connected {
  readonly taste: Taste;
  readonly inbox: Published[];
}

/** A Hold with proxies that take or refuse its plans. Nothing happens unless the test says so. */
export class HoldWorld {
  readonly hold: Hold;
  nowMs = 0;
  plans = 0;
  readonly #proxies = new Map<string, Connected>();
  #sequence = 0;

  constructor(trialLimitMs = 1_000) {
    this.hold = new Hold({ trialLimitMs });
  }

  want(gateway: GatewayIr): void {
    if (this.hold.want(gateway)) this.#publish();
  }

  /** As where only endpoints change: another snapshot of the same plan. */
  republish(): void {
    if (this.hold.plan !== undefined) this.#publish();
  }

  connect(stream: string, taste: Taste): void {
    const { plan } = this.hold;
    const inbox = plan === undefined ? [] : [{ sequence: this.#sequence, plan }];
    this.#proxies.set(stream, { taste, inbox });
    this.#tellConnected();
  }

  disconnect(stream: string): void {
    this.#proxies.delete(stream);
    this.#tellConnected();
  }

  /** The proxy answers the newest plan that it was sent; false: it has answered all. */
  answer(stream: string): boolean {
    const proxy = this.#proxies.get(stream);
    const newest = proxy?.inbox.splice(0).at(-1);
    if (proxy === undefined || newest === undefined) return false;
    const refusals = refusalsOf(newest.plan, proxy.taste);
    for (const refusal of refusals) this.#say(stream, newest.sequence, refusal);
    this.#say(stream, newest.sequence, { kind: refusals.length === 0 ? "accepted" : "answered" });
    return true;
  }

  wait(ms: number): void {
    this.nowMs += ms;
    if (this.hold.deadlineMs <= this.nowMs && this.hold.expire(this.nowMs)) this.#publish();
  }

  /** Everybody answers until nothing is left to say. */
  settle(): void {
    for (let rounds = 0; rounds < 10_000; rounds++) {
      if (![...this.#proxies.keys()].map((stream) => this.answer(stream)).some(Boolean)) return;
    }
    throw new Error("Cannot settle: there is always another plan");
  }

  /** What proxies are given. */
  get effective(): GatewayIr | undefined {
    const { plan } = this.hold;
    return plan && withHeld(plan.gateway, plan.held);
  }

  get culprits(): readonly string[] {
    return [...this.hold.culprits.keys()].sort();
  }

  #tellConnected(): void {
    if (this.hold.connected(new Set(this.#proxies.keys()))) this.#publish();
  }

  #publish(): void {
    const { plan } = this.hold;
    if (plan === undefined) return;
    this.plans += 1;
    this.#sequence += 1;
    this.hold.publishing(this.#sequence, this.nowMs);
    for (const { inbox } of this.#proxies.values()) inbox.push({ sequence: this.#sequence, plan });
  }

  #say(stream: string, sequence: number, outcome: ProxyOutcome): void {
    if (this.hold.verdict({ stream, node: stream, gateway: "default/gw", sequence, outcome })) this.#publish();
  }
}

function refusalsOf(plan: Plan, taste: Taste): readonly ProxyRefusal[] {
  const { ports, clusters, origin } = withHeld(plan.gateway, plan.held);
  const refusals: ProxyRefusal[] = [];
  const refuse = (type: ResourceType, resource: string, origins: readonly string[], text: string | undefined): void => {
    if (text !== undefined) refusals.push({ kind: "refused", type, resource, origins, text });
  };
  for (const cluster of clusters.values()) {
    refuse("cluster", cluster.key, [originKey(cluster.origin)], taste.cluster?.(cluster));
  }
  for (const { port, virtualHosts } of ports) {
    refuse("listener", `tcp-${port}`, [originKey(origin)], taste.listener?.(port));
    const routes = virtualHosts.flatMap((host) => host.routes);
    const origins = [origin, ...routes.map((route) => route.origin)].map(originKey);
    refuse("route", `http-${port}`, origins, routes.map((route) => taste.route?.(route)).find(Boolean));
  }
  return refusals;
}
