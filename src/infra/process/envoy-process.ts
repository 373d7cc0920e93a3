/**
 * One Envoy that is kept running until it is stopped:
 *
 *     starting --admin says live, listens on its ports--> ready --exit--> backing-off --> starting ...
 *        any --stop--> draining --> stopped
 *
 * Owns the child process; reads Envoy's admin interface; produces the state.
 */
import type { Cancel, Clock } from "../../lib/clock.ts";
import { type Watchable, WatchableValue } from "../../lib/watchable.ts";
import type { Log } from "../../observe/log.ts";
import { awaitReady } from "./await-ready.ts";
import { BackOff, type BackOffOptions } from "./back-off.ts";
import { drain } from "./drain.ts";
import type { EnvoyAdmin } from "./envoy-admin.ts";
import { describeEnd, type EnvoyChild, type EnvoyEnd } from "./spawn-envoy.ts";

export type EnvoyState =
  | { readonly phase: "starting"; readonly pid: number | undefined; readonly missingPorts: readonly number[] }
  | { readonly phase: "ready"; readonly pid: number | undefined }
  | { readonly phase: "backing-off"; readonly reason: string; readonly delayMs: number }
  | { readonly phase: "draining"; readonly pid: number | undefined; readonly activeRequests: number | undefined }
  | { readonly phase: "stopped" };

export interface EnvoyProcessOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly admin: EnvoyAdmin;
  readonly spawn: () => EnvoyChild;
  /** It is ready once it listens on all of these. */
  readonly ports: readonly number[];
  readonly backOff?: BackOffOptions;
}

const defaultBackOff: BackOffOptions = { firstMs: 100, maxMs: 10_000, stableMs: 30_000 };
/** Between SIGTERM and SIGKILL. */
const terminateMs = 2000;

export class EnvoyProcess {
  readonly state: Watchable<EnvoyState>;
  readonly #state = new WatchableValue<EnvoyState>({ phase: "stopped" });
  readonly #options: EnvoyProcessOptions;
  readonly #backOff: BackOff;
  #ports: readonly number[];
  #child: EnvoyChild | undefined;
  #cancelTimer: Cancel = () => {};
  #stopping: Promise<void> | undefined;
  readonly #kill = new AbortController();
  #restarts = 0;

  constructor(options: EnvoyProcessOptions) {
    this.#options = options;
    this.#ports = options.ports;
    this.#backOff = new BackOff(options.backOff ?? defaultBackOff);
    this.state = this.#state;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    if (this.#child !== undefined || this.#stopping !== undefined) return;
    const { clock, spawn } = this.#options;
    const startedMs = clock.monotonicMs();
    const child = spawn();
    this.#child = child;
    void child.ended.then((end) => this.#onEnd(end, clock.monotonicMs() - startedMs));
    this.#awaitReady(child);
  }

  /** Other ports to listen on are part of being ready from now on. */
  setPorts(ports: readonly number[]): void {
    if (ports.length === this.#ports.length && ports.every((port) => this.#ports.includes(port))) return;
    this.#ports = ports;
    if (this.#child !== undefined && this.#stopping === undefined) this.#awaitReady(this.#child);
  }

  /** Drains for at most `drainLimitMs`, then ends Envoy; resolves when it is gone. */
  stop(drainLimitMs: number): Promise<void> {
    this.#stopping ??= this.#stop(drainLimitMs);
    return this.#stopping;
  }

  /** Ends Envoy at once, also in the middle of a drain. */
  kill(): Promise<void> {
    this.#kill.abort();
    this.#child?.signal("SIGKILL");
    return this.stop(0);
  }

  #awaitReady(child: EnvoyChild): void {
    const { admin, clock, log } = this.#options;
    const { pid } = child;
    const onMissing = (missingPorts: readonly number[]): void =>
      this.#state.set({ phase: "starting", pid, missingPorts });
    this.#cancelTimer();
    onMissing(this.#ports);
    this.#cancelTimer = awaitReady({
      admin,
      clock,
      ports: this.#ports,
      onMissing,
      onSlow: (missingPorts) => log.warn({ pid, missingPorts }, "Envoy is not ready yet"),
      onReady: (elapsedMs) => {
        this.#state.set({ phase: "ready", pid });
        log.info({ pid, ms: Math.round(elapsedMs) }, "Envoy is ready");
      },
    });
  }

  #onEnd(end: EnvoyEnd, ranMs: number): void {
    const { clock, log } = this.#options;
    this.#cancelTimer();
    this.#child = undefined;
    if (this.#stopping !== undefined) return;
    const delayMs = this.#backOff.next(ranMs);
    const reason = describeEnd(end);
    log.error({ reason, restartInMs: delayMs }, "Envoy ended and is started again");
    this.#state.set({ phase: "backing-off", reason, delayMs });
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#restarts += 1;
      this.start();
    });
  }

  async #stop(drainLimitMs: number): Promise<void> {
    this.#cancelTimer();
    const child = this.#child;
    if (child !== undefined) {
      if (!this.#kill.signal.aborted) await this.#drain(child, drainLimitMs);
      await this.#terminate(child);
    }
    this.#state.set({ phase: "stopped" });
  }

  async #drain(child: EnvoyChild, limitMs: number): Promise<void> {
    const { admin, clock, log } = this.#options;
    const { pid } = child;
    const onActive = (activeRequests: number | undefined): void =>
      this.#state.set({ phase: "draining", pid, activeRequests });
    onActive(undefined);
    const gone = new AbortController();
    void child.ended.then(() => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.#kill.signal]);
    const outcome = await drain({ admin, clock, limitMs, signal, onActive });
    log.info({ pid, outcome }, "Envoy is drained");
  }

  async #terminate(child: EnvoyChild): Promise<void> {
    child.signal(this.#kill.signal.aborted ? "SIGKILL" : "SIGTERM");
    const cancel = this.#options.clock.after(terminateMs, () => child.signal("SIGKILL"));
    await child.ended;
    cancel();
  }
}
