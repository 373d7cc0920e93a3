/** What bounds a wait, and what the client is told then: full queues, time limits, a client that leaves, the queue off. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { type Answer, type AskOptions, TestGateway } from "../helpers/gateway.ts";
import { inferenceModel, modelMatch, parent } from "../helpers/inference-manifests.ts";
import { httpRoute, toPool, yaml } from "../helpers/manifests.ts";
import type { StubServer } from "../helpers/stub-server.ts";

const oneRoom = { "antechamber.dev/max-concurrency": "1", "antechamber.dev/hold-back": "0" };
const queueOff = { "inference-epp-env.networking.x-k8s.io/experimental-use-queueing": "false" };

describe("a pool with room for one", () => {
  let gateway: TestGateway;
  let server: StubServer;

  before(async () => {
    gateway = await TestGateway.start({
      stub: { cacheTokens: 10_000_000, answerAtOnce: false },
      annotations: oneRoom,
      args: ["--access-log", "off"],
      files: () => ({
        "more.yaml": yaml(
          inferenceModel("travel-helper-low", "qwen-pool", "Sheddable"),
          httpRoute("hurried", { parent, hostnames: ["hurried.test"] }, [
            { matches: [modelMatch("qwen")], timeouts: { request: "1s" }, backendRefs: [toPool("qwen-pool")] },
          ]),
        ),
      }),
    });
    server = gateway.servers[0] as StubServer;
  });
  after(() => gateway.stop());
  afterEach(async () => {
    server.answerAtOnce = true;
    server.answerAll();
    await gateway.idle();
    server.received.length = 0;
    server.answerAtOnce = false;
  });

  const occupy = async () => {
    const occupier = gateway.completion("qwen", { prompt: "occupier" });
    await eventually("the occupier at the server", () => (server.running === 1 ? true : undefined));
    return { occupier };
  };
  /** Requests that the test ends by leaving. */
  const leaveable = (model: string, options: AskOptions = {}) => {
    const leaving = new AbortController();
    const answer = gateway.completion(model, {}, { ...options, signal: leaving.signal }).then(
      ({ status }) => status,
      () => "left" as const,
    );
    return { answer, leave: () => leaving.abort() };
  };
  const dropReason = ({ headers }: Answer) => headers["x-llm-d-request-dropped-reason"];
  const code = ({ body }: Answer) => JSON.parse(body).error.code;

  it("keeps as many waiting as its annotation says, and tells the next when to come again: 429", async () => {
    await gateway.annotate({ ...oneRoom, "antechamber.dev/max-queued-requests": "10" });
    await occupy();
    const waiting = Array.from({ length: 10 }, () => leaveable("travel-helper"));
    await gateway.waitingIs(10);

    const refused = await gateway.completion("travel-helper");
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers["retry-after"]) >= 1);
    assert.equal(dropReason(refused), "rejected-saturated");
    assert.equal(code(refused), "queue_full");

    // A more important one takes the place of one of them.
    const critical = leaveable("qwen");
    assert.equal(await Promise.race(waiting.map(({ answer }) => answer)), 429);
    await gateway.waitingIs(10);
    for (const { leave } of [...waiting, critical]) leave();
  });

  it("frees the place of a client that leaves at once", async () => {
    await gateway.annotate({ ...oneRoom, "antechamber.dev/max-queued-requests": "2" });
    await occupy();
    const waiting = [leaveable("travel-helper"), leaveable("qwen")];
    await gateway.waitingIs(2);
    assert.equal((await gateway.completion("travel-helper-low")).status, 429);

    waiting[0]?.leave();
    waiting[1]?.leave();
    await new Promise((wake) => setTimeout(wake, 200));
    const next = [leaveable("travel-helper-low"), leaveable("travel-helper-low")];
    const decided = await Promise.race([...next.map(({ answer }) => answer), gateway.waitingIs(2)]);
    assert.equal(decided, undefined, "both wait");
    for (const { leave } of next) leave();
    await gateway.waitingIs(0);

    assert.deepEqual([...new Set(server.received.map(({ body }) => JSON.parse(body).prompt))], ["occupier"]);
  });

  it("ends a wait at the pool's limit: 503 with the drop reason", async () => {
    await gateway.annotate({ ...oneRoom, "antechamber.dev/queue-ttl": "500ms" });
    await occupy();
    const askedAtMs = performance.now();
    const answer = await gateway.completion("travel-helper");
    const waitedMs = performance.now() - askedAtMs;
    assert.equal(answer.status, 503);
    assert.equal(dropReason(answer), "rejected-ttl-expired");
    assert.ok(Number(answer.headers["retry-after"]) >= 1);
    assert.equal(code(answer), "queue_timeout");
    assert.ok(waitedMs > 450 && waitedMs < 2_000, `${Math.round(waitedMs)} ms`);
  });

  it("ends a wait at the route's request timeout, which Envoy's own does not count", async () => {
    await gateway.annotate(oneRoom);
    await occupy();
    const askedAtMs = performance.now();
    const other = leaveable("qwen");
    const answer = await gateway.completion("qwen", {}, { headers: { host: "hurried.test" } });
    const waitedMs = performance.now() - askedAtMs;
    assert.equal(answer.status, 503);
    assert.equal(dropReason(answer), "rejected-ttl-expired");
    assert.ok(Number(answer.headers["retry-after"]) >= 1);
    assert.ok(waitedMs > 900 && waitedMs < 2_500, `${Math.round(waitedMs)} ms`);
    // The other route to the same pool has 24 hours.
    await gateway.waitingIs(1);
    other.leave();
  });

  it("with its queue off admits Critical, and refuses the others under saturation: 429", async () => {
    await gateway.annotate({ ...oneRoom, ...queueOff });
    await occupy();
    const critical = gateway.completion("qwen");
    await eventually("Critical at the full server", () => (server.running === 2 ? true : undefined));
    for (const model of ["travel-helper", "travel-helper-low"]) {
      const refused = await gateway.completion(model);
      assert.equal(refused.status, 429);
      assert.equal(code(refused), "saturated");
      assert.equal(dropReason(refused), "rejected-saturated");
      assert.ok(Number(refused.headers["retry-after"]) >= 1);
    }
    server.answerAll();
    assert.equal((await critical).status, 200);

    await gateway.idle();
    // Without a queue the servers' own readings count, which come a moment later.
    await eventually("a reading of the idle server", async () => {
      const endpoints = await gateway.ante.api<readonly { readonly running?: number }[]>("/api/v1/endpoints");
      return endpoints.every(({ running }) => running === 0) ? true : undefined;
    });
    server.answerAtOnce = true;
    assert.equal((await gateway.completion("travel-helper")).status, 200);
  });
});
