/**
 * One Gateway's way to its proxies: what the model wants, less what proxies refused, built and published under growing
 * sequence numbers; and what they have acknowledged of it.
 */
import type { Clock } from "../../lib/clock.ts";
import type { EndpointsByCluster, GatewayIr } from "../../model/ir.ts";
import type { Builder } from "../../xds/build/builder.ts";
import { nothingHeld } from "../../xds/held.ts";
import type { ProxyState, ProxyVerdict } from "../../xds/proxy-state.ts";
import type { XdsServer } from "../../xds/server.ts";
import type { Snapshot } from "../../xds/snapshot.ts";

export interface GatewayPublisherOptions {
  readonly clock: Clock;
  readonly builder: Builder;
  readonly xds: Pick<XdsServer, "publish">;
  /** Of all Gateways together, so that a Gateway that returns does not begin again. */
  readonly nextSequence: () => number;
}

interface Generation {
  readonly generation: number;
  readonly fromSequence: number;
}

export class GatewayPublisher {
  readonly #options: GatewayPublisherOptions;
  #gateway: GatewayIr;
  #endpoints: EndpointsByCluster = new Map();
  #last: Snapshot | undefined;
  #publishedAtMs = 0;
  #generations: readonly Generation[] = [];
  #acknowledgedGeneration: number | undefined;

  constructor(gateway: GatewayIr, options: GatewayPublisherOptions) {
    this.#gateway = gateway;
    this.#options = options;
  }

  get gateway(): GatewayIr {
    return this.#gateway;
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

  /** By objectKey, with the proxy's words. */
  get held(): ReadonlyMap<string, string> {
    return new Map();
  }

  /** The sequence of the snapshot that was published; undefined where nothing changed. */
  update(gateway: GatewayIr, endpoints: EndpointsByCluster): number | undefined {
    this.#gateway = gateway;
    this.#endpoints = endpoints;
    return this.#publish();
  }

  onVerdict(verdict: ProxyVerdict): void {
    this.onProxies([]);
    void verdict;
  }

  /** Proxies of this Gateway that are connected. */
  onProxies(proxies: readonly ProxyState[]): void {
    for (const { ackedSequence } of proxies) {
      if (ackedSequence === undefined) continue;
      const acked = this.#generations.findLast(({ fromSequence }) => fromSequence <= ackedSequence);
      if (acked !== undefined)
        this.#acknowledgedGeneration = Math.max(acked.generation, this.#acknowledgedGeneration ?? 0);
    }
  }

  #publish(): number | undefined {
    const { builder, clock, nextSequence, xds } = this.#options;
    const sequence = nextSequence();
    const snapshot = builder.build({ gateway: this.#gateway, endpoints: this.#endpoints, held: nothingHeld, sequence });
    const { generation } = this.#gateway;
    const isNewGeneration = this.#generations.at(-1)?.generation !== generation;
    if (this.#last !== undefined && !isNewGeneration && sameResources(snapshot, this.#last)) return undefined;
    if (isNewGeneration) this.#generations = [...this.#generations.slice(-9), { generation, fromSequence: sequence }];
    this.#last = snapshot;
    this.#publishedAtMs = clock.monotonicMs();
    xds.publish(snapshot);
    return sequence;
  }
}

function sameResources({ resources: a }: Snapshot, { resources: b }: Snapshot): boolean {
  return a.cluster === b.cluster && a.endpoint === b.endpoint && a.listener === b.listener && a.route === b.route;
}
