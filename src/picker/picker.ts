/**
 * The picker: decides when and where each request for a pool is served. It reads the pool table, Envoy's ext_proc
 * streams and access log, and the servers' metrics; it produces placements and refusals, and its state; it owns the
 * queues, the ledger and what is known of each server. Everything runs on the event loop of one thread.
 *
 *   ext_proc stream --request--> model, priority --> flow control --room?--> scheduler --placement--> reply
 *   access log --running, ended--> ledger --room--> flow control        scrapes --reading--> flow control
 */
import type { Registry } from "prom-client";
import type { ListenAddress } from "../grpc/listen.ts";
import type { Cancel, Clock } from "../lib/clock.ts";
import { Sealed } from "../lib/sealed.ts";
import type { PoolKey } from "../model/ir.ts";
import type { Log } from "../observe/log.ts";
import { ServerDirectory } from "../pool/directory.ts";
import { LearnedTokens } from "../pool/learned-output.ts";
import { Ledger } from "../pool/ledger.ts";
import type { ScrapeClient } from "../pool/scrape-client.ts";
import type { ModelServer } from "../pool/server.ts";
import { ClustersInUse } from "./clusters-in-use.ts";
import { DecisionLog, decisionOf } from "./decisions.ts";
import { drainShared } from "./drain-shared.ts";
import { Ends } from "./ends.ts";
import type { Moment } from "./flow/ports.ts";
import type { DecisionPage, PickerState, PoolTable } from "./messages.ts";
import { PickerMetrics } from "./metrics.ts";
import { ParkedRequests } from "./parked-requests.ts";
import { pickerState } from "./picker-state.ts";
import { countByModel, type PlacedRequests } from "./placed-requests.ts";
import { createPlace } from "./placing.ts";
import { PoolRuntime } from "./pool-runtime.ts";
import { Steering } from "./schedule/steering.ts";
import { PickerServer } from "./server.ts";
import { ServerLines } from "./server-lines.ts";
import { SpanExporter } from "./tracing/exporter.ts";
import type { SendSpans } from "./tracing/otlp-client.ts";
import { spanOf } from "./tracing/span.ts";
import { createUniqueIds } from "./unique-ids.ts";

export interface PickerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  /** Stopped with the picker. */
  readonly scrapeClient: ScrapeClient;
  readonly registry: Registry;
  /** How often Envoy sends periodic access-log entries: leases live for several of these. */
  readonly accessLogFlushMs: number;
  /** For those that no other picker can take over: how long they may be placed after `setServing(false)`. */
  readonly handOverMs?: number;
  /** The conformance suite names the servers of its requests. */
  readonly conformance?: boolean;
  /** Absent: no spans are made. */
  readonly tracing?: { readonly send: SendSpans; readonly version: string };
}

export interface Picker {
  /** A socket's path, or a TLS address: the result is its port. */
  listen(at: ListenAddress | string): Promise<number>;
  /**
   * Whether this is the picker that serves, as it is at first. One that does not is told everything and takes no call;
   * what waits when it ends to serve goes back to its proxies, which ask the other, as far as they can repeat it.
   */
  setServing(isServing: boolean): void;
  setPools(table: PoolTable): void;
  state(): PickerState;
  /** Open ext_proc streams: requests that wait. */
  streams(): number;
  /** About once a second, and at once when a cluster is named first or last. The result ends it. */
  onState(listener: (state: PickerState) => void): () => void;
  /** The newest sampled decisions, `limit` at most. */
  decisions(limit: number): DecisionPage;
  /** Refuses what waits and what comes: the drain's time is over. */
  giveUp(): void;
  /** Ends every stream; requests that wait are replayed by their proxies to who listens next. */
  stop(): void;
  /** After stop: sends the spans that are left. */
  flush(): Promise<void>;
}

const tickMs = 1_000;
/** Readings that lack a request for so long end its lease: longer than a scrape and an access-log entry take. */
const lackMs = 5_000;
const flushesToLive = 4;

export function createPicker(options: PickerOptions): Picker {
  const { clock, log, random, scrapeClient, registry, accessLogFlushMs, handOverMs = 30_000, tracing } = options;
  const pools = new Map<PoolKey, PoolRuntime>();
  const placed: PlacedRequests = new Map();
  const listeners = new Set<(state: PickerState) => void>();
  const metrics = new PickerMetrics(registry);
  const learned = new LearnedTokens();
  const uniqueId = createUniqueIds(random);
  const moment = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });

  const drain = (keys: Iterable<PoolKey>): void => {
    const drained = Array.from(keys, (key) => pools.get(key)).filter((pool) => pool !== undefined);
    const now = moment();
    for (const pool of drained) pool.scheduler.observe(now);
    drainShared(drained, now);
    for (const pool of drained) pool.armTimer();
  };

  const directory = new ServerDirectory({
    clock,
    random,
    client: scrapeClient,
    onReading: (server) => read(server),
    onState: ({ server, members }) => {
      if (server.state === "ready") drain(members.keys());
    },
    isAwaited: (keys) => [...keys].some((key) => pools.get(key)?.flow.head !== undefined),
  });
  const ledger = new Ledger(
    { server: (address) => directory.server(address), onRoom: (server) => drain(directory.poolsOf(server.address)) },
    { leaseMs: flushesToLive * accessLogFlushMs, lackMs },
  );
  const lines = new ServerLines(log);
  let stopped = false;
  let publishing: Cancel | undefined;
  const clusters = new ClustersInUse(() => {
    if (!stopped) publishing ??= clock.after(0, publish);
  });
  const ends = new Ends({ clock, log, directory, ledger, learned, clusters, placed, metrics });
  const parked = new ParkedRequests(clock);
  const decisions = new DecisionLog();
  const isSampled = (nowMs: number): boolean => decisions.wants(nowMs);
  const spans =
    tracing &&
    new SpanExporter({
      ...{ clock, log, ...tracing },
      onExported: (count) => metrics.spans("exported", count),
      onDropped: (count) => metrics.spans("dropped", count),
    });
  const place = createPlace({
    clock,
    random,
    pool: (key) => pools.get(key),
    parked,
    directory,
    clusters,
    placed,
    metrics,
    ...(options.conformance === true ? { steering: new Steering() } : {}),
    onSettled(settled) {
      const { outcome, now } = settled;
      const sampled =
        outcome.kind === "placed" ? outcome.placement.explanation !== undefined : isSampled(now.monotonicMs);
      if (sampled) decisions.add(decisionOf(settled));
      const span = spans && spanOf(settled, random);
      if (span !== undefined) spans?.add(span);
    },
  });
  const server = new PickerServer({
    clock,
    log,
    handOverMs,
    place,
    sessionHeader: (key) => pools.get(key)?.settings.sessionHeader ?? "",
    onReport: (report) => ends.report(report),
  });

  const read = (modelServer: ModelServer): void => {
    learned.calibrate(modelServer);
    ends.released(ledger.reconcile(modelServer, clock.monotonicMs()));
    drain(directory.poolsOf(modelServer.address));
  };

  const state = (): PickerState => pickerState(pools.values(), directory, clusters.counts, moment());

  function publish(): void {
    publishing?.();
    publishing = undefined;
    const published = state();
    lines.update(published.endpoints);
    const known = Array.from(pools.values(), (pool) => pool.known);
    metrics.update(published, countByModel(placed), server.streams, known);
    for (const listener of listeners) listener(published);
  }

  let cancelTick: Cancel = () => {};
  const tick = (): void => {
    cancelTick = clock.after(tickMs, tick);
    ends.released(ledger.expire(clock.monotonicMs()));
    directory.tick();
    publish();
  };
  cancelTick = clock.after(tickMs, tick);

  function setPools(table: PoolTable): void {
    const now = moment();
    const keys = new Set(table.pools.map(({ pool }) => pool.key));
    for (const [key, pool] of pools) {
      if (keys.has(key)) continue;
      pools.delete(key);
      parked.removed(key);
      pool.retire(now);
    }
    directory.update(
      table.pools.map(({ pool, endpoints, scrapeCredential }) => ({
        pool: pool.key,
        members: endpoints,
        scrape: pool.settings.scrape,
        serverTls: pool.serverTls,
        ...(scrapeCredential === undefined ? {} : { credential: new Sealed(scrapeCredential) }),
      })),
    );
    for (const { pool: ir } of table.pools) {
      const known = pools.get(ir.key);
      const pool = known ?? new PoolRuntime(ir, clock, { ledger, learned, random, uniqueId, isSampled });
      pools.set(ir.key, pool);
      pool.configure(ir, now);
      pool.setServers(directory.servers(ir.key), directory.hasEndpoints(ir.key), now);
    }
    drain(keys);
    for (const key of keys) parked.release(key);
  }

  return {
    listen: (at) => server.listen(at),
    setServing: (isServing) => server.setServing(isServing),
    setPools,
    state,
    streams: () => server.streams,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    decisions: (limit) => decisions.page(limit),
    giveUp() {
      for (const pool of pools.values()) pool.flow.shutDown(moment());
      parked.giveUp();
    },
    stop() {
      stopped = true;
      cancelTick();
      publishing?.();
      directory.stop();
      scrapeClient.stop();
      for (const pool of pools.values()) pool.stop();
      server.stop();
    },
    flush: async () => spans?.stop(),
  };
}
