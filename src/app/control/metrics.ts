import { Counter, type Registry } from "prom-client";

/** The series of the control thread itself; those of the xDS server stand in its folder. */
export class ControlMetrics {
  readonly #builds: Counter;

  constructor(registry: Registry) {
    this.#builds = new Counter({
      name: "antechamber_model_builds_total",
      help: "Runs of the model: a change of endpoints alone is none",
      registers: [registry],
    });
  }

  modelBuilt(): void {
    this.#builds.inc();
  }
}
