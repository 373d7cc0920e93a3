import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ResourceType } from "./snapshot.ts";

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Why a stream was refused: "node": it says no Gateway, or is too old; "identity": it is another Gateway's proxy. */
type RejectionReason = "node" | "identity";

/** The series of the xDS server, one table. */
export class XdsMetrics {
  readonly #proxies: Gauge<"gateway">;
  readonly #pushes: Counter<"type">;
  readonly #acks: Counter<"type">;
  readonly #nacks: Counter<"type">;
  readonly #rejections: Counter<"reason">;
  readonly #pushToAck: Histogram<"type">;
  readonly #effective: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ["type"] as const;
    const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
    this.#proxies = new Gauge({
      name: "antechamber_xds_proxies",
      help: "Connected proxies",
      labelNames: ["gateway"],
      registers,
    });
    this.#pushes = counter("antechamber_xds_pushes_total", "Responses sent to proxies");
    this.#acks = counter("antechamber_xds_acks_total", "Responses that proxies accepted");
    this.#nacks = counter("antechamber_xds_nacks_total", "Responses that proxies refused");
    this.#rejections = new Counter({
      name: "antechamber_xds_rejected_streams_total",
      help: "Streams of proxies that were sent away",
      labelNames: ["reason"],
      registers,
    });
    this.#pushToAck = new Histogram({
      name: "antechamber_xds_push_to_ack_seconds",
      help: "Time from a response to the proxy's answer",
      labelNames,
      buckets: secondsBuckets,
      registers,
    });
    this.#effective = new Histogram({
      name: "antechamber_xds_effective_seconds",
      help: "Time from the publication of a snapshot until a proxy has acknowledged all of it",
      buckets: secondsBuckets,
      registers,
    });
  }

  connected(gateway: string, count: number): void {
    this.#proxies.set({ gateway }, count);
  }

  rejected(reason: RejectionReason): void {
    this.#rejections.inc({ reason });
  }

  pushed(type: ResourceType): void {
    this.#pushes.inc({ type });
  }

  answered(type: ResourceType, accepted: boolean, afterMs: number): void {
    (accepted ? this.#acks : this.#nacks).inc({ type });
    this.#pushToAck.observe({ type }, afterMs / 1000);
  }

  effective(afterMs: number): void {
    this.#effective.observe(afterMs / 1000);
  }
}
