/**
 * The xDS server: delta ADS, on a Unix socket or over mutual TLS. Reads snapshots and which clusters are in use; produces what connected
 * proxies have, and their verdicts on snapshots. Owns the streams; a stream's protocol is in stream/, without a socket.
 *
 *   snapshot --> publish --> sessions of its Gateway --> Envoy
 *                            sessions <-- ACK, NACK <-- Envoy --> proxies, onVerdict
 */
import type { Registry } from "prom-client";
import type { Node } from "../gen/envoy/config/core/v3/base.ts";
import type { DeltaDiscoveryRequest } from "../gen/envoy/service/discovery/v3/discovery.ts";
import type { ListenAddress } from "../grpc/listen.ts";
import type { Peer } from "../grpc/peer.ts";
import type { Clock } from "../lib/clock.ts";
import { type Watchable, WatchableValue } from "../lib/watchable.ts";
import type { Log } from "../observe/log.ts";
import { fromWire, toWire } from "./delta-codec.ts";
import { type DeltaCall, DiscoveryService, refuse } from "./grpc-service.ts";
import { XdsMetrics } from "./metrics.ts";
import { checkIdentity, type ProxyNode, readNode } from "./proxy-node.ts";
import { ProxySession } from "./proxy-session.ts";
import type { ProxyOutcome, ProxyState, ProxyVerdict, Rejection } from "./proxy-state.ts";
import { PublishTimes } from "./publish-times.ts";
import { findMissing, type Snapshot } from "./snapshot.ts";
import type { Answer, Verdict } from "./stream/messages.ts";

export interface XdsServerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  /** How long a listener or route waits for clusters that a proxy does not acknowledge. */
  readonly gateLimitMs?: number;
  /** From the last route that names a cluster to its removal: requests chosen by the old route are on their way. */
  readonly removalGraceMs?: number;
}

const defaults = { gateLimitMs: 5_000, removalGraceMs: 10_000 };
const mostRejections = 100;
const stopLimitMs = 1_000;
/** For the last words of a connection that is closed. */
const disconnectMs = 500;

const standby = "Cannot serve xDS: another replica does";

export class XdsServer {
  readonly #options: Required<XdsServerOptions>;
  readonly #service: DiscoveryService;
  readonly #metrics: XdsMetrics;
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #sessions = new Map<string, { readonly session: ProxySession; readonly call: DeltaCall }>();
  readonly #proxies = new WatchableValue<readonly ProxyState[]>([]);
  readonly #rejections = new WatchableValue<readonly Rejection[]>([]);
  readonly #verdictReaders = new Set<(verdict: ProxyVerdict) => void>();
  readonly #verdicts: ProxyVerdict[] = [];
  readonly #times = new PublishTimes();
  readonly #streamPrefix: string;
  #inUse: ReadonlySet<string> = new Set();
  #streams = 0;
  /** Streams whose state is to be shown anew. */
  readonly #changed = new Set<string>();
  #isWorking = false;
  #isServing = true;

  constructor(options: XdsServerOptions) {
    this.#options = { ...defaults, ...options };
    this.#metrics = new XdsMetrics(options.registry);
    this.#service = new DiscoveryService((call, peer) => this.#accept(call, peer));
    // Nonces of an earlier process must not be taken for ours.
    this.#streamPrefix = options.clock.wallMs().toString(36);
  }

  /** A socket's path, or a TLS address: the result is its port. */
  listen(at: ListenAddress | string): Promise<number> {
    return this.#service.listen(at);
  }

  /**
   * A server that does not serve sends every proxy away, so that it connects anew, by then to the replica that does.
   * It goes on taking snapshots.
   */
  setServing(isServing: boolean): void {
    if (isServing === this.#isServing) return;
    this.#isServing = isServing;
    if (isServing) return;
    for (const [name, { call }] of [...this.#sessions]) {
      refuse(call, "UNAVAILABLE", standby);
      this.#close(name);
    }
    this.#service.disconnect(disconnectMs);
  }

  /** Connected proxies. */
  get proxies(): Watchable<readonly ProxyState[]> {
    return this.#proxies;
  }

  /** The last proxies that were sent away, newest last. */
  get rejections(): Watchable<readonly Rejection[]> {
    return this.#rejections;
  }

  /** Proxies' verdicts on snapshots, in order. The result ends the subscription. */
  onVerdict(reader: (verdict: ProxyVerdict) => void): () => void {
    this.#verdictReaders.add(reader);
    return () => this.#verdictReaders.delete(reader);
  }

  /** A snapshot that names what it lacks is not published: proxies keep what they have. */
  publish(snapshot: Snapshot): void {
    const { gateway, sequence } = snapshot;
    const gap = findMissing(snapshot);
    if (gap !== undefined) {
      const { log } = this.#options;
      log.error({ gateway, sequence, ...gap }, "cannot publish snapshot: it lacks a resource that it names");
      return;
    }
    this.#snapshots.set(gateway, snapshot);
    this.#times.add(gateway, sequence, this.#options.clock.monotonicMs());
    this.#run(() => {
      for (const { session } of this.#sessionsOf(gateway)) session.publish(snapshot);
    });
  }

  /** The Gateway is gone: its proxies are sent away and get nothing when they return. */
  withdraw(gateway: string): void {
    this.#snapshots.delete(gateway);
    this.#times.forget(gateway);
    for (const { call } of this.#sessionsOf(gateway)) call.end();
  }

  /** Clusters that a waiting or running request names are not removed from any proxy. */
  setClustersInUse(names: ReadonlySet<string>): void {
    this.#inUse = names;
    this.#run(() => {
      for (const { session } of this.#sessions.values()) session.setClustersInUse(names);
    });
  }

  /** Ends all streams in good order, so that proxies reconnect elsewhere and keep what they have. */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    for (const { call } of this.#sessions.values()) call.end();
    let cancel = (): void => {};
    const limit = new Promise<void>((done) => {
      cancel = clock.after(stopLimitMs, done);
    });
    await this.#service.stop(limit);
    cancel();
    for (const { session } of this.#sessions.values()) session.close();
  }

  #accept(call: DeltaCall, peer: Peer): void {
    const name = `${this.#streamPrefix}.${++this.#streams}`;
    const { log } = this.#options;
    // A call without a listener for "error" takes the thread with it.
    call.on("error", (error) => log.debug({ stream: name, error: error.message }, "xDS stream failed"));
    if (!this.#isServing) {
      refuse(call, "UNAVAILABLE", standby);
      this.#service.disconnect(disconnectMs);
      return;
    }
    call.on("end", () => call.end());
    call.on("close", () => this.#close(name));
    call.on("cancelled", () => this.#close(name));
    call.on("drain", () => this.#run(() => this.#sessions.get(name)?.session.resume()));
    call.once("data", (first) => this.#open(name, { call, peer }, first.node));
    call.on("data", (message) => this.#run(() => this.#receive(name, call, message)));
  }

  #receive(name: string, call: DeltaCall, message: DeltaDiscoveryRequest): void {
    try {
      const request = fromWire(message);
      if (request !== undefined) this.#sessions.get(name)?.session.request(request);
    } catch (error) {
      this.#options.log.error({ stream: name, err: error }, "cannot answer xDS request");
      refuse(call, "INTERNAL", "Cannot answer the request: see the control plane's log");
      this.#close(name);
    }
  }

  #open(
    name: string,
    { call, peer }: { readonly call: DeltaCall; readonly peer: Peer },
    wireNode: Node | undefined,
  ): void {
    const { clock, log, gateLimitMs, removalGraceMs } = this.#options;
    const read = readNode(wireNode);
    if (!read.ok) {
      this.#metrics.rejected("node");
      this.#reject({ id: wireNode?.id ?? "", gateway: wireNode?.cluster ?? "" }, peer, read.problem);
      refuse(call, "FAILED_PRECONDITION", read.problem);
      return;
    }
    const { node } = read;
    const impostor = checkIdentity(node, peer);
    if (impostor !== undefined) {
      this.#metrics.rejected("identity");
      this.#reject(node, peer, impostor);
      refuse(call, "PERMISSION_DENIED", impostor);
      return;
    }
    const session = new ProxySession({
      name,
      node,
      clock,
      gateLimitMs,
      removalGraceMs,
      send: (response) => call.write(toWire(response)),
      onSent: ({ type }) => this.#metrics.pushed(type),
      onAnswer: (answer) => this.#answered(session, answer),
      run: (work) => this.#run(work),
      onChange: () => this.#changed.add(name),
      onVerdict: (verdict) => this.#judged(name, session, verdict),
    });
    this.#sessions.set(name, { session, call });
    this.#metrics.connected(node.gateway, this.#sessionsOf(node.gateway).length);
    const snapshot = this.#snapshots.get(node.gateway);
    log.info({ node: node.id, gateway: node.gateway, version: node.version }, "proxy connected");
    if (snapshot === undefined)
      log.warn({ node: node.id, gateway: node.gateway }, "proxy of a Gateway that is not known");
    session.setClustersInUse(this.#inUse);
    if (snapshot !== undefined) session.publish(snapshot);
  }

  #close(name: string): void {
    const open = this.#sessions.get(name);
    if (open === undefined) return;
    this.#sessions.delete(name);
    open.session.close();
    const { id, gateway } = open.session.node;
    this.#metrics.connected(gateway, this.#sessionsOf(gateway).length);
    this.#options.log.info({ node: id, gateway }, "proxy disconnected");
    this.#run(() => this.#changed.add(name));
  }

  #reject(claimed: ProxyNode, peer: Peer, problem: string): void {
    const { clock, log } = this.#options;
    const { id: node, gateway } = claimed;
    log.warn({ node, gateway, problem }, "proxy rejected");
    // It is no rejection of another Gateway that it names: whoever has some Gateway's key could smear every other one.
    if (checkIdentity(claimed, peer) !== undefined) return;
    const others = this.#rejections
      .get()
      .filter((rejection) => rejection.node !== node || rejection.gateway !== gateway);
    this.#rejections.set([...others, { node, gateway, problem, atMs: clock.wallMs() }].slice(-mostRejections));
  }

  #answered({ node }: ProxySession, { type, accepted, text, names, sentAtMs }: Answer): void {
    const { clock, log } = this.#options;
    this.#metrics.answered(type, accepted, clock.monotonicMs() - sentAtMs);
    if (!accepted)
      log.warn(
        { node: node.id, gateway: node.gateway, type, names: names.slice(0, 10), text },
        "proxy refused resources",
      );
  }

  #judged(name: string, { node, openedMs }: ProxySession, verdict: Verdict): void {
    const { id, gateway } = node;
    const about = { stream: name, node: id, gateway, sequence: verdict.sequence };
    this.#verdicts.push({ ...about, outcome: this.#outcome(gateway, verdict, openedMs) });
  }

  #outcome(gateway: string, verdict: Verdict, openedMs: number): ProxyOutcome {
    switch (verdict.kind) {
      case "refused": {
        const { type, resource, text } = verdict;
        return { kind: "refused", type, resource: resource.name, origins: resource.origins, text };
      }
      case "answered":
        return { kind: "answered" };
      case "accepted": {
        const publishedMs = this.#times.get(gateway, verdict.sequence);
        // A proxy that came later says nothing of how long a change takes.
        if (publishedMs === undefined || publishedMs < openedMs) return { kind: "accepted" };
        const effectiveMs = this.#options.clock.monotonicMs() - publishedMs;
        this.#metrics.effective(effectiveMs);
        return { kind: "accepted", effectiveMs };
      }
    }
  }

  /** What comes of the work is told once it is done, so that a reader may publish. */
  #run(work: () => void): void {
    if (this.#isWorking) {
      work();
      return;
    }
    this.#isWorking = true;
    try {
      work();
      for (;;) {
        this.#showChanged();
        const verdict = this.#verdicts.shift();
        if (verdict === undefined) return;
        for (const reader of [...this.#verdictReaders]) reader(verdict);
      }
    } finally {
      this.#isWorking = false;
    }
  }

  #showChanged(): void {
    if (this.#changed.size === 0) return;
    const shown = new Map(this.#proxies.get().map((state) => [state.stream, state]));
    for (const name of this.#changed) {
      const state = this.#sessions.get(name)?.session.state();
      if (state === undefined) shown.delete(name);
      else shown.set(name, state);
    }
    this.#changed.clear();
    this.#proxies.set([...shown.values()]);
  }

  #sessionsOf(gateway: string): readonly { readonly session: ProxySession; readonly call: DeltaCall }[] {
    return [...this.#sessions.values()].filter(({ session }) => session.node.gateway === gateway);
  }
}
