import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { noCluster } from "../helpers/cluster.ts";
import { useAntechamber } from "../helpers/kube-antechamber.ts";
import { applyScenario, ask, modelServers, programmed, removeScenario, serversReady } from "../helpers/kube-gateway.ts";

suite("the scenario on Kubernetes", { skip: noCluster }, () => {
  let host: string;
  useAntechamber();
  before(async () => {
    await Promise.all([modelServers({ count: 3, scale: 10 }), applyScenario()]);
    host = await programmed();
    await serversReady(3);
  });
  after(removeScenario);

  test("a model of the body's is served, another one is not found", async () => {
    assert.equal((await ask(host, "qwen")).status, 200);
    assert.equal((await ask(host, "no-such")).status, 404);
  });
});
