/** The scenario as its team lives it: two files, the address by kubectl, two clients that name the model in the body. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { kubectl, noCluster } from "../helpers/cluster.ts";
import { adminApi, owner, type ReplicaPod, useAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";
import { loadClient } from "../helpers/load-client.ts";

const servers = 2;

suite("the scenario on Kubernetes", { skip: noCluster }, () => {
  let host: string;
  useAntechamber();
  before(async () => {
    await Promise.all([kube.modelServers({ count: servers, scale: 40 }), kube.applyScenario()]);
    host = await kube.programmed();
    await kube.serversReady(servers);
  });
  after(kube.removeScenario);

  test("a model of the body's is served", async () => {
    const answer = await kube.ask(host, "qwen");
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).model, "qwen");
  });

  test("the model server is asked for the adapter that the InferenceModel names", async () => {
    const answer = await kube.ask(host, "travel-helper");
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).model, "travel-helper-v1");
  });

  test("a model that no rule takes is not found", async () => {
    const answer = await kube.ask(host, "no-such");
    assert.equal(answer.status, 404);
    assert.equal(JSON.parse(answer.body).error.code, "model_not_found");
  });

  test("each object is accepted, by its status on the API server", async () => {
    const conditions = "{range .items[*].status..conditions[*]}{.type}={.status} {end}";
    for (const kind of [
      "gatewayclasses.gateway.networking.k8s.io",
      "gateways.gateway.networking.k8s.io",
      "httproutes.gateway.networking.k8s.io",
      "inferencepools.inference.networking.x-k8s.io",
      "inferencemodels.inference.networking.x-k8s.io",
      "backendtrafficpolicies.gateway.envoyproxy.io",
    ]) {
      const printed = await kubectl(["get", kind, "-A", "-o", `jsonpath=${conditions}`]);
      assert.match(printed, /Accepted=True/, kind);
      assert.doesNotMatch(printed, /=False/, kind);
    }
  });

  test("requests wait in the gateway, Critical ones briefly, and all succeed", async () => {
    const watched = watchLoad(await owner());
    const shape = { url: `http://${host}:8081`, prompts: 36, inFlight: 18, promptTokens: 200, outputTokens: 60 };
    const [critical, standard] = await Promise.all([
      loadClient({ ...shape, model: "qwen" }),
      loadClient({ ...shape, model: "travel-helper" }),
    ]);
    const seen = await watched.stop();
    for (const { completed, errors } of [critical, standard]) {
      assert.deepEqual(
        errors.filter((error) => error !== ""),
        [],
      );
      assert.equal(completed, 36);
    }
    const times = JSON.stringify({ seen, critical: critical.mean_ttft_ms, standard: standard.mean_ttft_ms });
    assert.ok(critical.mean_ttft_ms < standard.mean_ttft_ms / 2, times);
    assert.ok(seen.waitedInGateway >= 8, times);
    assert.ok(seen.waitedInServer <= 4, times);
  });
});

/** Looks where requests wait: the most that it saw. */
function watchLoad(replica: ReplicaPod) {
  const seen = { waitedInGateway: 0, waitedInServer: 0 };
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const queues = await adminApi<readonly { readonly waiting: number }[]>("/api/v1/queues", replica);
      const endpoints = await adminApi<readonly { readonly waiting?: number }[]>("/api/v1/endpoints", replica);
      seen.waitedInGateway = Math.max(seen.waitedInGateway, ...queues.map(({ waiting }) => waiting));
      seen.waitedInServer = Math.max(seen.waitedInServer, ...endpoints.map(({ waiting = 0 }) => waiting));
      await new Promise((wake) => setTimeout(wake, 300));
    }
  };
  const watching = watch();
  return {
    async stop() {
      isOver = true;
      await watching;
      return seen;
    },
  };
}
