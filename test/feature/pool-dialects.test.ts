/** Requests wait in the gateway, not on the server, by whatever engine's names the server tells its load. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import type { EndpointState } from "../../src/picker/messages.ts";
import { defaultCapacity } from "../../src/sim/capacity.ts";
import { metricsDialects } from "../../src/sim/metrics-dialects.ts";
import { type SimServer, startSimServer } from "../../src/sim/server.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { podsYaml } from "../helpers/scenario.ts";

const kinds = { vllm: "vllm", sglang: "sglang", trtllm: "trt-llm" } as const;
const tokens = 200;

for (const dialect of metricsDialects) {
  describe(`a server whose metrics have the names of ${dialect}`, () => {
    let server: SimServer;
    let gateway: TestGateway;

    before(async () => {
      server = await startSimServer({
        clock: systemClock,
        newId: randomUUID,
        ...{ host: "127.0.0.1", port: 0, answerTokens: undefined, faults: {} },
        models: { base: "qwen", loras: [] },
        // Room for a few answers at a time.
        capacity: { ...defaultCapacity, kvBlocks: 60, stepBaseMs: 2, stepPerSequenceMs: 0 },
        ...{ metricsVersion: "1.x", metricsDialect: dialect },
      });
      gateway = await TestGateway.start({
        servers: 0,
        annotations: { "antechamber.dev/hold-back": "0" },
        files: () => ({ "pods.yaml": podsYaml([server.port], { app: "qwen" }) }),
      });
      await gateway.serversReady(1);
    });
    after(async () => {
      await gateway?.stop();
      await server.stop();
    });

    it("is known as one, gets what it has room for, and the others wait", async () => {
      const [endpoint] = await gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
      assert.equal(endpoint?.kind, kinds[dialect]);
      assert.equal(endpoint.kvCacheTokens, 60 * defaultCapacity.blockSize);
      const answers = Array.from({ length: 32 }, () => gateway.completion("qwen", { max_tokens: tokens }));
      let answered = false;
      const all = Promise.all(answers).finally(() => (answered = true));
      let longest = 0;
      let waitedThere = 0;
      while (!answered) {
        longest = Math.max(longest, await gateway.waiting());
        waitedThere = Math.max(waitedThere, server.stats().waiting);
        await new Promise((wake) => setTimeout(wake, 10));
      }
      for (const { status, body } of await all) assert.equal(status, 200, body);
      assert.ok(longest >= 16, `${longest} waited in the gateway`);
      // What answers come to is learned from them, so the first guesses are too bold for a cache that is so small.
      assert.ok(waitedThere * 3 < longest, `${waitedThere} waited on the server, ${longest} in the gateway`);
    });
  });
}
