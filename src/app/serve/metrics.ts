import { Counter, Gauge, type Registry } from "prom-client";
import type { StatusWriteMetrics, WriteOutcome } from "../../status/write/status-writer.ts";

/** The series that are of a cluster only. */
export class ServeMetrics implements StatusWriteMetrics {
  readonly #writes: Counter<"kind" | "outcome">;

  constructor(registry: Registry, isOwner: () => boolean) {
    this.#writes = new Counter({
      name: "antechamber_status_writes_total",
      help: "Statuses written to the API server, or tried, by kind and outcome",
      labelNames: ["kind", "outcome"],
      registers: [registry],
    });
    new Gauge({
      name: "antechamber_owner",
      help: "1 where this replica owns: it serves proxies, picks and writes; else 0",
      registers: [registry],
      collect() {
        this.set(isOwner() ? 1 : 0);
      },
    });
  }

  wrote(kind: string, outcome: WriteOutcome): void {
    this.#writes.inc({ kind, outcome });
  }
}
