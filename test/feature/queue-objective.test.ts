/** How important a request is, whose it is, and which model serves it: said by a rule, or by clients that the pool believes. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { modelMatch, parent, poolV1, toPoolV1 } from "../helpers/inference-manifests.ts";
import { httpRoute, yaml } from "../helpers/manifests.ts";
import type { StubServer } from "../helpers/stub-server.ts";

const experimental = "inference.networking.x-k8s.io/v1alpha2";
const oneRoom = { "antechamber.dev/max-concurrency": "1", "antechamber.dev/hold-back": "0" };

const objective = (name: string, priority: number) => ({
  apiVersion: experimental,
  kind: "InferenceObjective",
  metadata: { name },
  spec: { priority, poolRef: { name: "plain" } },
});
const saying = (headers: Readonly<Record<string, string>>) => [
  {
    type: "RequestHeaderModifier",
    requestHeaderModifier: { set: Object.entries(headers).map(([name, value]) => ({ name, value })) },
  },
];

describe("a pool with objectives", () => {
  let gateway: TestGateway;
  let server: StubServer;
  const pool = (annotations: Readonly<Record<string, string>>) =>
    yaml(poolV1("plain", { selector: { app: "qwen" }, annotations: { ...oneRoom, ...annotations } }));

  before(async () => {
    gateway = await TestGateway.start({
      stub: { cacheTokens: 10_000_000, answerAtOnce: false },
      args: ["--access-log", "off"],
      files: () => ({
        "plain.yaml": pool({}),
        "objectives.yaml": yaml(objective("urgent", 100), objective("batch", -100), {
          apiVersion: experimental,
          kind: "InferenceModelRewrite",
          metadata: { name: "aliases" },
          spec: {
            poolRef: { name: "plain" },
            rules: [{ matches: [{ model: { value: "alias" } }], targets: [{ modelRewrite: "real" }] }],
          },
        }),
        "routes.yaml": yaml(
          httpRoute("objectives", { parent, hostnames: ["plain.test"] }, [
            { matches: [{ path: { value: "/" } }], backendRefs: [toPoolV1("plain")] },
            {
              matches: [modelMatch("urgent-model")],
              filters: saying({ "X-Gateway-Inference-Objective": "urgent" }),
              backendRefs: [toPoolV1("plain")],
            },
            {
              matches: [modelMatch("batch-model")],
              filters: saying({
                "x-llm-d-inference-objective": "batch",
                "x-llm-d-inference-fairness-id": "größte 100 %",
              }),
              backendRefs: [toPoolV1("plain")],
            },
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

  const ask = (model: string, headers: Readonly<Record<string, string>> = {}, prompt = model) =>
    gateway.completion(model, { prompt }, { headers: { host: "plain.test", ...headers } });
  const occupy = async (): Promise<void> => {
    void ask("occupier");
    await eventually("the occupier at the server", () => (server.running === 1 ? true : undefined));
  };
  const trust = async (annotations: Readonly<Record<string, string>>): Promise<void> => {
    const told = gateway.ante.lines.length;
    gateway.ante.write("plain.yaml", pool(annotations));
    await eventually("the pool's new annotations", () =>
      gateway.ante.lines.slice(told).some(({ msg, kind }) => msg === "effective" && kind === "InferencePool")
        ? true
        : undefined,
    );
  };
  /** Asks for each in turn while the only place is taken; gives the prompts in the order in which they are served. */
  const orderOf = async (...asked: readonly (readonly [string, Readonly<Record<string, string>>?])[]) => {
    await occupy();
    const answers: Promise<{ readonly status: number }>[] = [];
    for (const [index, [model, headers]] of asked.entries()) {
      answers.push(ask(model, headers, `${index} ${model}`));
      await gateway.waitingIs(index + 1);
    }
    server.answerAtOnce = true;
    server.answerAll();
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    return server.received.slice(1).map(({ body }) => JSON.parse(body).prompt);
  };

  it("orders by the objectives that rules set", async () => {
    assert.deepEqual(await orderOf(["batch-model"], ["usual"], ["urgent-model"]), [
      "2 urgent-model",
      "1 usual",
      "0 batch-model",
    ]);
    assert.ok((await gateway.metric("llm_d_epp_flow_control_requests_total", 'priority="-100"')) > 0);
    assert.ok(
      (await gateway.metric(
        "llm_d_epp_flow_control_request_queue_duration_seconds_count",
        'fairness_id="größte 100 %"',
      )) > 0,
    );
  });

  it("does not believe clients unless its annotation says so, and lets no server see what they claim", async () => {
    const claim = { "x-gateway-inference-objective": "urgent", "x-antechamber-client-objective": "urgent" };
    assert.deepEqual(await orderOf(["first"], ["second", claim]), ["0 first", "1 second"]);
    const seen = server.received.flatMap(({ headers }) => Object.keys(headers));
    assert.deepEqual(
      seen.filter((name) => /inference|antechamber/.test(name)),
      [],
    );
  });

  it("believes clients where its annotations say so, but not against its rules", async () => {
    await trust({ "antechamber.dev/trust-client-objective": "true", "antechamber.dev/trust-client-fairness": "true" });
    const claim = { "x-llm-d-inference-objective": "urgent", "x-gateway-inference-fairness-id": "me" };
    assert.deepEqual(await orderOf(["first"], ["batch-model", claim], ["third", claim], ["urgent-model"]), [
      "2 third",
      "3 urgent-model",
      "0 first",
      "1 batch-model",
    ]);
    const mine = await gateway.metric(
      "llm_d_epp_flow_control_request_queue_duration_seconds_count",
      'fairness_id="me"',
    );
    assert.equal(mine, 1);
  });

  it("ignores a client that writes where Envoy copies to", async () => {
    await trust({ "antechamber.dev/trust-client-objective": "true" });
    const forged = { "x-antechamber-client-objective": "urgent" };
    assert.deepEqual(await orderOf(["first"], ["second", forged]), ["0 first", "1 second"]);
  });

  it("renames the models that its rewrites name", async () => {
    server.answerAtOnce = true;
    assert.equal((await ask("alias")).status, 200);
    assert.equal((await ask("other")).status, 200);
    assert.deepEqual(
      server.received.map(({ body }) => JSON.parse(body).model),
      ["real", "other"],
    );
  });

  it("ends a wait when the client's own deadline has passed: 503", async () => {
    await occupy();
    const startedMs = performance.now();
    const late = await ask("usual", { "x-llm-d-inference-ttl": "300ms" });
    assert.equal(late.status, 503);
    assert.equal(late.headers["x-llm-d-request-dropped-reason"], "rejected-ttl-expired");
    assert.ok(performance.now() - startedMs >= 290);
  });
});
