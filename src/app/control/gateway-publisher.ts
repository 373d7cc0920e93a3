/**
 * One Gateway's way to its proxies: what the model wants, less what proxies refused, built and published under growing
 * sequence numbers; and what they have acknowledged of it.
 */
import type { Cancel, Clock } from "../../lib/clock.ts";
import type { ClusterIr, EndpointsByCluster, GatewayIr } from "../../model/ir.ts";
import type { Builder, BuildInput } from "../../xds/build/builder.ts";
import { Hold, type HoldMemory } from "../../xds/hold/hold.ts";
import type { Plan } from "../../xds/hold/suspects.ts";
import type { ProxyState, ProxyVerdict } from "../../xds/proxy-state.ts";
import type { XdsServer } from "../../xds/server.ts";
import { resourceTypes, type Snapshot } from "../../xds/snapshot.ts";

export interface GatewayPublisherOptions {
  readonly clock: Clock;
  readonly builder: Builder;
  readonly xds: Pick<XdsServer, "publish">;
  /** Of all Gateways together, so that a Gateway that returns does not begin again. */
  readonly nextSequence: () => number;
  /** Before the proxies are told. */
  readonly onPublish: (gateway: string, sequence: number) => void;
  /** What an ended control thread held. */
  readonly memory?: HoldMemory;
  /** How the proxies are placed, where they are Pods. */
  readonly placement: () => Placement;
}

export type Placement = Pick<BuildInput, "pickerAddress" | "usesListenerPorts">;

/** How long a silent proxy is waited for: longer than any gate of the xDS server. */
const trialLimitMs = 10_000;

interface Generation {
  readonly generation: number;
  readonly fromSequence: number;
}

export class GatewayPublisher {
  readonly #options: GatewayPublisherOptions;
  readonly #hold: Hold;
  #wanted: GatewayIr | undefined;
  #gateway: GatewayIr;
  #endpoints: EndpointsByCluster = new Map();
  #last: Snapshot | undefined;
  #published: Plan | undefined;
  #cancelDeadline: Cancel = () => {};
  #publishedAtMs = 0;
  #generations: readonly Generation[] = [];
  #acknowledgedGeneration: number | undefined;

  constructor(gateway: GatewayIr, options: GatewayPublisherOptions) {
    this.#gateway = gateway;
    this.#options = options;
    const { memory } = options;
    this.#hold = new Hold({ trialLimitMs, ...(memory !== undefined && { memory }) });
  }

  get gateway(): GatewayIr {
    return this.#gateway;
  }

  /** The newest; undefined before the first. */
  get snapshot(): Snapshot | undefined {
    return this.#last;
  }

  /** Of the newest snapshot; undefined before the first. */
  get sequence(): number | undefined {
    return this.#last?.sequence;
  }

  get publishedAtMs(): number {
    return this.#publishedAtMs;
  }

  get acknowledgedGeneration(): number | undefined {
    return this.#acknowledgedGeneration;
  }

  /** For a control thread after this one; undefined where nothing is held. */
  get memory(): HoldMemory | undefined {
    return this.#hold.memory;
  }

  /** What proxies refused, by objectKey, with their words. */
  get held(): ReadonlyMap<string, string> {
    return new Map([...this.#hold.culprits].map(([origin, { reason }]) => [origin, reason]));
  }

  /** Proxies have taken what they are to have, less what is held: no search for a culprit is under way. */
  get isSettled(): boolean {
    const { accepted, plan } = this.#hold;
    return accepted !== undefined && accepted === plan && plan.gateway === this.#gateway;
  }

  /** All clusters whose endpoints are needed: also those of what was last accepted, which a refusal brings back. */
  get clusters(): readonly ClusterIr[] {
    const { accepted, plan } = this.#hold;
    const held = [accepted, plan].flatMap((each) => [...(each?.held.values() ?? [])].flatMap(({ last }) => last ?? []));
    const gateways = [...(accepted === undefined ? [] : [accepted.gateway]), ...held, this.#gateway];
    return [...new Map(gateways.flatMap(({ clusters }) => [...clusters])).values()];
  }

  /** The sequence of the snapshot that was published; undefined where nothing changed. */
  update(gateway: GatewayIr, endpoints: EndpointsByCluster): number | undefined {
    this.#gateway = gateway;
    this.#endpoints = endpoints;
    if (gateway !== this.#wanted) this.#hold.want(gateway);
    this.#wanted = gateway;
    return this.#publish();
  }

  onVerdict(verdict: ProxyVerdict): void {
    this.#after(this.#hold.verdict(verdict));
  }

  /** Proxies of this Gateway that are connected. */
  onProxies(proxies: readonly ProxyState[]): void {
    for (const { ackedSequence } of proxies) {
      if (ackedSequence === undefined) continue;
      const acked = this.#generations.findLast(({ fromSequence }) => fromSequence <= ackedSequence);
      if (acked === undefined) continue;
      this.#acknowledgedGeneration = Math.max(acked.generation, this.#acknowledgedGeneration ?? 0);
    }
    this.#after(this.#hold.connected(new Set(proxies.map(({ stream }) => stream))));
  }

  stop(): void {
    this.#cancelDeadline();
  }

  /** The plan has changed, or somebody is waited for until a deadline. */
  #after(planChanged: boolean): void {
    if (planChanged) this.#publish();
    this.#cancelDeadline();
    const { clock } = this.#options;
    const { deadlineMs } = this.#hold;
    if (!Number.isFinite(deadlineMs)) return;
    this.#cancelDeadline = clock.after(deadlineMs - clock.monotonicMs(), () =>
      this.#after(this.#hold.expire(clock.monotonicMs())),
    );
  }

  #publish(): number | undefined {
    const { plan } = this.#hold;
    if (plan === undefined) return undefined;
    const { builder, clock, nextSequence, onPublish, placement, xds } = this.#options;
    const sequence = nextSequence();
    const snapshot = builder.build({ ...plan, ...placement(), endpoints: this.#endpoints, sequence });
    const { generation } = plan.gateway;
    const isNewPlan = plan !== this.#published;
    if (this.#last !== undefined && !isNewPlan && sameResources(snapshot, this.#last)) return undefined;
    if (this.#generations.at(-1)?.generation !== generation) {
      this.#generations = [...this.#generations.slice(-9), { generation, fromSequence: sequence }];
    }
    this.#last = snapshot;
    this.#published = plan;
    this.#publishedAtMs = clock.monotonicMs();
    onPublish(this.#gateway.key, sequence);
    this.#hold.publishing(sequence, clock.monotonicMs());
    xds.publish(snapshot);
    return sequence;
  }
}

function sameResources({ resources: a }: Snapshot, { resources: b }: Snapshot): boolean {
  return resourceTypes.every((type) => a[type] === b[type]);
}
