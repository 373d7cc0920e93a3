/**
 * The control thread: from what users write to what proxies are told. It reads the store, verdicts and the picker's
 * state; it produces snapshots, the pool table, statuses and the list of Envoys that are to run. It owns the order in
 * which they follow from each other, and nothing else.
 *
 *     store.configuration --> model --> ir, pools, statuses --+--> publishers --> xDS server
 *     store.endpoints ------> endpoint lane -------------------+--> pool table --> picker
 *     proxies' ACKs and NACKs --> statuses, lines, pool table
 */
import { createEndpointLane } from "../../endpoints/lane.ts";
import type { Cancel, Clock } from "../../lib/clock.ts";
import { Coalesce } from "../../lib/coalesce.ts";
import type { EndpointsByCluster, GatewayIr, PoolKey } from "../../model/ir.ts";
import { createModel, type Model, type ModelOptions } from "../../model/model.ts";
import { noPickerFacts, type PickerFacts } from "../../model/picker-facts.ts";
import type { GatewayAddress, ModelResult, ObjectStatus } from "../../model/result.ts";
import type { Log } from "../../observe/log.ts";
import type { PoolTable } from "../../picker/messages.ts";
import { objectKey } from "../../resources/object.ts";
import type { Store } from "../../sources/store.ts";
import { finalStatuses } from "../../status/final-statuses.ts";
import type { Builder } from "../../xds/build/builder.ts";
import type { ProxyState } from "../../xds/proxy-state.ts";
import type { XdsServer } from "../../xds/server.ts";
import type { HeldMemories } from "../held-memories.ts";
import type { EnvoyReport } from "../messages.ts";
import { ConditionLines } from "./condition-lines.ts";
import { describeObject } from "./describe-object.ts";
import { type ChangedObject, Effects, type GatewayProgress } from "./effects.ts";
import { EndpointProgramming } from "./endpoint-programming.ts";
import { GatewayPublisher, type Placement } from "./gateway-publisher.ts";
import { HeldReport } from "./held-report.ts";
import { LatestPoolTable } from "./latest-pool-table.ts";
import type { ControlMetrics } from "./metrics.ts";
import { PickerChains, type ProbePicker } from "./picker-chains.ts";
import { PickerSettling } from "./picker-settling.ts";
import { programmingOf } from "./programming.ts";
import { UsablePorts } from "./usable-ports.ts";

export interface ControlOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly builder: Builder;
  readonly xds: XdsServer;
  readonly metrics: Pick<ControlMetrics, "modelBuilt">;
  readonly model: ModelOptions;
  /** Absent: external pickers are taken to answer as their annotations say, or as most do. */
  readonly probePicker?: ProbePicker;
  /** As far as the picker has said: a request waits for a server of the pool. Absent: none does. */
  readonly isWaitedFor?: (pool: PoolKey) => boolean;
  /** Where clients reach a Gateway, as far as it is known. */
  readonly addresses: (gateway: GatewayIr) => readonly GatewayAddress[];
  /** By Gateway: why its proxies are not as they should be. */
  readonly problems?: () => ReadonlyMap<string, string>;
  /** How a Gateway's proxies are placed, where they are Pods. */
  readonly placement?: (gateway: string, result: ModelResult) => Placement;
  /** After each run of the model. */
  readonly onModel: (result: ModelResult) => void;
  readonly onPools: (table: PoolTable) => void;
  /** Latest value: what every object's status is to say. */
  readonly onStatuses?: (statuses: readonly ObjectStatus[]) => void;
  /** By Gateway: what an ended control thread held. */
  readonly held: HeldMemories;
  /** Latest value, for a control thread after this one. */
  readonly onHeld: (held: HeldMemories) => void;
  /** Once: all that was found at the start is acknowledged. */
  readonly onInEffect: (gateways: readonly GatewayIr[]) => void;
}

/** Files of one save arrive together; more than this is felt. */
const holdOffMs = 5;
const maxHoldOffMs = 50;
/** An endpoint counts as known to proxies after this time although one is silent. */
const endpointGraceMs = 1_000;
/** What only time changes: laggards, the grace of endpoints. */
const tickMs = 1_000;

const nothing: ModelResult = {
  ir: new Map(),
  pools: new Map(),
  pickers: new Map(),
  infrastructure: new Map(),
  scrapeCredentials: new Map(),
  statuses: [],
};

export class Control {
  readonly #options: ControlOptions;
  readonly #model: Model;
  readonly #lane = createEndpointLane();
  readonly #programming = new EndpointProgramming(endpointGraceMs);
  readonly #usablePorts = new UsablePorts();
  readonly #publishers = new Map<string, GatewayPublisher>();
  readonly #effects: Effects;
  readonly #conditionLines: ConditionLines;
  readonly #settling: PickerSettling;
  readonly #pools: LatestPoolTable;
  readonly #held: HeldReport;
  readonly #chains: PickerChains | undefined;
  readonly #rebuild: Coalesce;
  readonly #review: Coalesce;
  readonly #stops: (() => void)[] = [];
  #cancelTick: Cancel = () => {};
  #cancelSettling: Cancel = () => {};
  #result = nothing;
  #builds = 0;
  #endpoints: EndpointsByCluster = new Map();
  #statuses: readonly ObjectStatus[] = [];
  #envoys: readonly EnvoyReport[] = [];
  #sequence = 0;
  #saidInEffect = false;

  constructor(options: ControlOptions) {
    this.#options = options;
    const { clock, log, store } = options;
    this.#model = createModel(options.model);
    this.#effects = new Effects({
      clock,
      log,
      describe: (ref) => describeObject(ref, store.configuration.get()),
      isHeld: (ref) => [...this.#publishers.values()].some(({ held }) => held.has(objectKey(ref))),
    });
    this.#conditionLines = new ConditionLines({
      log,
      locate(ref) {
        const place = store.locate(ref, "");
        return place === undefined ? "" : `${place.file}:${place.line}:${place.column}: `;
      },
    });
    this.#pools = new LatestPoolTable({
      programming: this.#programming,
      isWaitedFor: options.isWaitedFor ?? (() => false),
      onPools: options.onPools,
    });
    this.#held = new HeldReport(options.onHeld);
    this.#rebuild = new Coalesce({ clock, holdOffMs, maxHoldOffMs, run: () => this.#buildModel() });
    this.#settling = new PickerSettling(options.model.mode);
    this.#chains =
      options.probePicker &&
      new PickerChains({ clock, probe: options.probePicker, onChange: () => this.#rebuild.signal() });
    this.#review = new Coalesce({ clock, holdOffMs: 0, maxHoldOffMs: 0, run: () => this.#reviewProxies() });
  }

  get statuses(): readonly ObjectStatus[] {
    return this.#statuses;
  }

  get table(): PoolTable {
    return this.#pools.table;
  }

  /** What the model last said. */
  get result(): ModelResult {
    return this.#result;
  }

  get envoys(): readonly EnvoyReport[] {
    return this.#envoys;
  }

  get publishers(): ReadonlyMap<string, GatewayPublisher> {
    return this.#publishers;
  }

  /** Begins once the store is synced: an empty start must never empty an Envoy. */
  start(): void {
    const { clock, store, xds } = this.#options;
    const onConfiguration = (): void => this.#rebuild.signal();
    // What a removed route forwarded to leaves with the route: before it, requests would find an empty cluster.
    const onEndpoints = (): void => {
      if (!this.#rebuild.isPending) this.#publishAll();
    };
    const begin = (synced: boolean): void => {
      if (!synced) return;
      this.#buildModel();
      this.#stops.push(store.configuration.subscribe(onConfiguration), store.endpoints.subscribe(onEndpoints));
    };
    if (store.synced.get()) begin(true);
    else {
      const stop = store.synced.subscribe((synced) => {
        if (synced) stop();
        begin(synced);
      });
      this.#stops.push(stop);
    }
    this.#stops.push(
      xds.proxies.subscribe(() => this.#review.signal()),
      xds.onVerdict((verdict) => {
        this.#publishers.get(verdict.gateway)?.onVerdict(verdict);
        this.#review.signal();
      }),
    );
    const tick = (): void => {
      this.#cancelTick = clock.after(tickMs, tick);
      this.#reviewProxies();
    };
    this.#cancelTick = clock.after(tickMs, tick);
  }

  stop(): void {
    this.#rebuild.stop();
    this.#review.stop();
    this.#cancelTick();
    this.#cancelSettling();
    this.#chains?.stop();
    for (const publisher of this.#publishers.values()) publisher.stop();
    for (const stop of this.#stops) stop();
  }

  /** An object was admitted or is gone; told before the rebuild that it causes. */
  noted(object: ChangedObject): void {
    this.#effects.noted(object);
  }

  /** Addresses or problems of Gateways have changed. */
  review(): void {
    this.#review.signal();
  }

  setEnvoys(envoys: readonly EnvoyReport[]): void {
    const before = takenPorts(this.#envoys);
    this.#envoys = envoys;
    if (before !== takenPorts(envoys) && this.#builds > 0) this.#publishAll();
    this.#review.signal();
  }

  #buildModel(): void {
    this.#rebuild.stop();
    const { store, metrics, onModel, xds } = this.#options;
    this.#result = this.#model.build(store.configuration.get(), this.#pickerFacts());
    this.#builds += 1;
    metrics.modelBuilt();
    for (const key of this.#publishers.keys()) {
      if (this.#result.ir.has(key)) continue;
      this.#publishers.get(key)?.stop();
      this.#publishers.delete(key);
      this.#programming.forget(key);
      xds.withdraw(key);
    }
    this.#publishAll();
    onModel(this.#result);
  }

  /** What is not settled yet is built again when it is. */
  #pickerFacts(): PickerFacts {
    const { clock, store } = this.#options;
    const { unsettled, dueInMs } = this.#settling.settle(store.configuration.get(), clock.monotonicMs());
    this.#cancelSettling();
    if (dueInMs !== undefined) this.#cancelSettling = clock.after(dueInMs, () => this.#rebuild.signal());
    return { unsettled, chains: this.#chains?.chains ?? noPickerFacts.chains };
  }

  /** Resolves endpoints and publishes what changed; the model does not run. */
  #publishAll(): void {
    const { store } = this.#options;
    const { ir, pools, pickers } = this.#result;
    const clusters = [...ir.values()].flatMap((gateway) => [...gateway.clusters.values()]);
    const brought = [...this.#publishers.values()].flatMap((publisher) => publisher.clusters);
    // Of pools that are leaving too.
    const picked = [...this.#pools.table.pools.map(({ pool }) => pool), ...pools.values()];
    const poolClusters = picked.map(({ cluster, endpoints }) => ({ key: cluster, endpoints }));
    const needed = new Map([...poolClusters, ...brought, ...clusters].map((cluster) => [cluster.key, cluster]));
    this.#endpoints = this.#lane.resolve(needed.values(), store.endpoints.get());
    this.#chains?.update(pickers.values(), this.#endpoints);
    const published = new Map<string, number>();
    for (const gateway of ir.values()) {
      const sequence = this.#publisher(gateway).update(this.#usable(gateway), this.#endpoints);
      if (sequence !== undefined) published.set(gateway.key, sequence);
    }
    this.#effects.published(published, this.#progress());
    this.#reviewProxies();
  }

  #usable(gateway: GatewayIr): GatewayIr {
    const report = this.#envoys.find((envoy) => envoy.gateway === gateway.key);
    return this.#usablePorts.of(gateway, new Set(report?.portProblems.map(({ port }) => port)));
  }

  #publisher(gateway: GatewayIr): GatewayPublisher {
    const known = this.#publishers.get(gateway.key);
    if (known !== undefined) return known;
    const { clock, builder, xds } = this.#options;
    const memory = this.#options.held.get(gateway.key);
    const created = new GatewayPublisher(gateway, {
      ...(memory !== undefined && { memory }),
      clock,
      builder,
      xds,
      nextSequence: () => ++this.#sequence,
      placement: () => this.#options.placement?.(gateway.key, this.#result) ?? {},
      onPublish: (key, sequence) => this.#programming.published(key, sequence, this.#endpoints, clock.monotonicMs()),
    });
    this.#publishers.set(gateway.key, created);
    return created;
  }

  /** What follows from the proxies' state. */
  #reviewProxies(): void {
    const { clock, xds, addresses, onStatuses } = this.#options;
    const problems = this.#options.problems?.();
    const nowMs = clock.monotonicMs();
    const byGateway = this.#proxiesByGateway();
    for (const [key, publisher] of this.#publishers) publisher.onProxies(byGateway.get(key) ?? []);
    this.#effects.acknowledged(this.#progress());
    this.#pools.update({
      result: this.#result,
      endpoints: this.#endpoints,
      proxiesByGateway: byGateway,
      nowMs,
    });
    const programming = new Map(
      [...this.#publishers].map(([key, publisher]) => [
        key,
        programmingOf({
          publisher,
          proxies: byGateway.get(key) ?? [],
          addresses: addresses(publisher.gateway),
          problem: problems?.get(key),
          nowMs,
          wallMs: clock.wallMs(),
        }),
      ]),
    );
    this.#statuses = finalStatuses(this.#result.statuses, programming);
    if (this.#builds > 0) {
      this.#conditionLines.update(this.#statuses);
      onStatuses?.(this.#statuses);
    }
    this.#held.update(this.#publishers);
    this.#checkInEffect(xds.proxies.get());
  }

  #progress(): ReadonlyMap<string, GatewayProgress> {
    const progress = new Map<string, GatewayProgress>();
    for (const [gateway, proxies] of this.#proxiesByGateway()) {
      progress.set(gateway, {
        connected: proxies.length,
        acknowledged: (sequence) =>
          this.#publishers.get(gateway)?.isSettled
            ? proxies.filter(({ answeredSequence }) => (answeredSequence ?? -1) >= sequence).length
            : 0,
      });
    }
    return progress;
  }

  #proxiesByGateway(): ReadonlyMap<string, readonly ProxyState[]> {
    return Map.groupBy(this.#options.xds.proxies.get(), ({ gateway }) => gateway);
  }

  #checkInEffect(proxies: readonly ProxyState[]): void {
    if (this.#saidInEffect || this.#builds === 0) return;
    const awaited = [...this.#publishers].filter(([, { gateway }]) => gateway.ports.length > 0);
    const isDone = awaited.every(([key, { sequence }]) =>
      proxies.some(({ gateway, answeredSequence }) => gateway === key && (answeredSequence ?? -1) >= (sequence ?? 0)),
    );
    if (!isDone) return;
    this.#saidInEffect = true;
    this.#options.onInEffect(awaited.map(([, { gateway }]) => gateway));
  }
}

function takenPorts(envoys: readonly EnvoyReport[]): string {
  return envoys.flatMap(({ gateway, portProblems }) => portProblems.map(({ port }) => `${gateway}:${port}`)).join();
}
