/** Entry of the demo's thread of simulated model servers: it ends with the process, however that ends. */
import { randomUUID } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../lib/clock.ts";
import { type Capacity, defaultCapacity, scaledCapacity } from "../sim/capacity.ts";
import { startSimServer } from "../sim/server.ts";

export interface SimWorkerData {
  readonly servers: number;
  /** See scaledCapacity. */
  readonly scale: number;
}

const { servers, scale } = workerData as SimWorkerData;
const capacity: Capacity = scaledCapacity(defaultCapacity, scale);

const started = await Promise.all(
  Array.from({ length: servers }, () =>
    startSimServer({
      clock: systemClock,
      newId: randomUUID,
      host: "127.0.0.1",
      port: 0,
      models: { base: "qwen", loras: ["travel-helper-v1"] },
      capacity,
      metricsVersion: "1.x",
      answerTokens: undefined,
      faults: {},
    }),
  ),
);
parentPort?.postMessage(started.map(({ port }) => port));
