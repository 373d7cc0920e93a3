import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import type { PickerState } from "../../../src/picker/messages.ts";
import { PickerMetrics } from "../../../src/picker/metrics.ts";

const known = [{ pool: "v1/default/pool", priorities: [0, 100], models: ["qwen"] }];
const state = (bands: PickerState["queues"][number]["bands"]): PickerState => ({
  queues: [
    {
      pool: "v1/default/pool",
      queueing: true,
      admission: "headroom",
      saturated: false,
      bands,
      waiting: bands.length,
      waitingBytes: 0,
      limits: { requests: 10, bytes: 10 },
      outcomes: {},
    },
  ],
  endpoints: [],
  clustersInUse: {},
});

describe("gauges of a picker", () => {
  const samples = async (registry: Registry, name: string): Promise<readonly (readonly [string, number])[]> => {
    const metric = await registry.getSingleMetric(name)?.get();
    return (metric?.values ?? []).map(({ labels, value }) => [
      String(labels["priority"] ?? labels["model_name"]),
      value,
    ]);
  };

  it("say 0 for every priority and model that the pool is known to have, while nothing waits or runs", async () => {
    const registry = new Registry();
    new PickerMetrics(registry).update(state([]), new Map(), 0, known);
    for (const name of ["inference_extension_flow_control_queue_size", "llm_d_epp_flow_control_queue_bytes"]) {
      assert.deepEqual(await samples(registry, name), [
        ["0", 0],
        ["100", 0],
      ]);
    }
    assert.deepEqual(await samples(registry, "inference_objective_running_requests"), [["qwen", 0]]);
  });

  it("say what waits and runs, and 0 for a model that has run before", async () => {
    const registry = new Registry();
    const metrics = new PickerMetrics(registry);
    metrics.update(
      state([{ priority: 100, waiting: 3, bytes: 7, oldestWaitMs: 0 }]),
      new Map([["adapter", 2]]),
      0,
      known,
    );
    assert.deepEqual(await samples(registry, "inference_extension_flow_control_queue_size"), [
      ["0", 0],
      ["100", 3],
    ]);
    const running = "inference_objective_running_requests";
    assert.deepEqual(await samples(registry, running), [
      ["qwen", 0],
      ["adapter", 2],
    ]);
    metrics.update(state([]), new Map(), 0, known);
    assert.deepEqual(await samples(registry, running), [
      ["qwen", 0],
      ["adapter", 0],
    ]);
  });
});
