/**
 * Sends spans in batches, away from the requests' path: what cannot be sent in time is dropped and counted, so that a
 * collector that is slow or gone costs a bounded amount of memory and nothing else.
 */
import type { Cancel, Clock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import type { SendSpans } from "./otlp-client.ts";
import { exportRequest, type Span } from "./span.ts";

export interface SpanExporterPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly send: SendSpans;
  readonly onExported: (spans: number) => void;
  readonly onDropped: (spans: number) => void;
}

const mostWaiting = 2_048;
const mostPerBatch = 512;
const batchDelayMs = 2_000;
const firstBackOffMs = 1_000;
const longestBackOffMs = 30_000;

export class SpanExporter {
  readonly #ports: SpanExporterPorts;
  #waiting: Span[] = [];
  #timer: Cancel | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(ports: SpanExporterPorts) {
    this.#ports = ports;
  }

  add(span: Span): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#ports.onDropped(1);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= mostPerBatch && this.#failures === 0) this.#sendSoon(0);
    else this.#sendSoon(batchDelayMs);
  }

  /** Sends what is left, once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.();
    await this.#sending;
    if (this.#waiting.length > 0) await this.#send();
    this.#ports.onDropped(this.#waiting.length);
    this.#waiting = [];
  }

  #sendSoon(delayMs: number): void {
    if (this.#sending !== undefined || this.#stopped || (this.#timer !== undefined && delayMs > 0)) return;
    this.#timer?.();
    this.#timer = this.#ports.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
        if (this.#waiting.length > 0) this.#sendSoon(this.#delayMs());
      });
    });
  }

  #delayMs(): number {
    if (this.#failures > 0) return Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(this.#failures - 1, 8));
    return this.#waiting.length >= mostPerBatch ? 0 : batchDelayMs;
  }

  async #send(): Promise<void> {
    const { log, version, send, onExported, onDropped } = this.#ports;
    const batch = this.#waiting.slice(0, mostPerBatch);
    const sent = await send(exportRequest(batch, version));
    if (sent.kind === "try-again") {
      // Once per outage: a collector that is down must not fill the log.
      if (this.#failures++ === 0) log.warn({ reason: sent.reason }, "cannot export spans, trying again");
      return;
    }
    this.#failures = 0;
    this.#waiting = this.#waiting.slice(batch.length);
    if (sent.kind === "taken") onExported(batch.length);
    else {
      onDropped(batch.length);
      log.warn({ reason: sent.reason, spans: batch.length }, "spans were refused");
    }
  }
}
