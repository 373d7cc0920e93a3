/** The scenario's two files, unchanged, on a real Envoy: what each kind of request gets. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { TestGateway } from "../helpers/gateway.ts";

describe("the scenario's two files", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({ servers: 5 });
  });
  after(() => gateway.stop());

  const lastReceived = () => {
    const all = gateway.servers.flatMap(({ received }) => received);
    const last = all.at(-1);
    assert.ok(last !== undefined);
    return last;
  };
  const forget = () => {
    for (const server of gateway.servers) server.received.length = 0;
  };

  it("takes the model from the body alone", async () => {
    forget();
    const { status } = await gateway.completion("qwen");
    assert.equal(status, 200);
    assert.equal(JSON.parse(lastReceived().body).model, "qwen");
  });

  it("matches a regular expression and rewrites the model, all other bytes unchanged", async () => {
    forget();
    const body = `{ "prompt": "<&> \\u00e9 12345678901234567890",\n  "model" : "travel-helper", "x": 1.0 }`;
    const answer = await gateway.ask({
      method: "POST",
      path: "/v1/completions",
      headers: { "content-type": "application/json" },
      body,
    });
    assert.equal(answer.status, 200);
    assert.equal(lastReceived().body, body.replace("travel-helper", "travel-helper-v1"));
    assert.equal(lastReceived().headers["content-length"], String(Buffer.byteLength(lastReceived().body)));
  });

  it("answers 404 model_not_found for a model that no rule takes", async () => {
    const { status, body } = await gateway.completion('no "such" model');
    assert.equal(status, 404);
    const { error } = JSON.parse(body);
    assert.equal(error.code, "model_not_found");
    assert.match(error.message, /no "such" model/);
  });

  it("answers 404 model_not_found for a model that the regular expression takes and no InferenceModel has", async () => {
    const { status, body } = await gateway.completion("travel-helper-9");
    assert.equal(status, 404);
    assert.equal(JSON.parse(body).error.code, "model_not_found");
  });

  it("answers 400 to a JSON body without a model", async () => {
    const { status, body } = await gateway.ask({
      method: "POST",
      path: "/v1/completions",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    assert.equal(status, 400);
    assert.equal(typeof JSON.parse(body).error.message, "string");
  });

  it("says to a form, which curl -d sends, which content type is missing", async () => {
    const { status, body } = await gateway.ask({
      method: "POST",
      path: "/v1/completions",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: '{"model":"qwen"}',
    });
    assert.equal(status, 400);
    assert.match(JSON.parse(body).error.message, /content-type: application\/json/i);
  });

  it("says to a multipart body that it carries no model", async () => {
    const { status, body } = await gateway.ask({
      method: "POST",
      path: "/v1/audio/transcriptions",
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nqwen\r\n--b--\r\n',
    });
    assert.equal(status, 400);
    assert.match(JSON.parse(body).error.message, /multipart/i);
  });

  it("lists the InferenceModels' names", async () => {
    const { status, body } = await gateway.ask({ path: "/v1/models" });
    assert.equal(status, 200);
    assert.deepEqual(
      JSON.parse(body).data.map(({ id }: { id: string }) => id),
      ["qwen", "travel-helper"],
    );
  });

  it("believes no routing header from outside", async () => {
    forget();
    const forged = {
      "x-gateway-model-name": "qwen",
      "x-gateway-destination-endpoint": "127.0.0.1:1",
      "x-antechamber-max-tokens": "1",
      "x-envoy-upstream-rq-timeout-ms": "1",
    };
    assert.equal((await gateway.completion("no-such", {}, { headers: forged })).status, 404);
    assert.equal(
      (await gateway.completion("qwen", {}, { headers: { ...forged, "x-gateway-model-name": "no-such" } })).status,
      200,
    );
    const { headers } = lastReceived();
    assert.equal(headers["x-gateway-destination-endpoint"], undefined);
    assert.equal(headers["x-antechamber-max-tokens"], undefined);
    assert.equal(headers["x-envoy-upstream-rq-timeout-ms"], undefined);
    assert.notEqual(headers["x-gateway-model-name"], "no-such");
  });

  it("answers 413 to a body above 32 MiB and serves one just below", async () => {
    const body = (size: number) => JSON.stringify({ model: "qwen", prompt: "x".repeat(size) });
    const ask = (text: string) =>
      gateway.ask({
        method: "POST",
        path: "/v1/completions",
        headers: { "content-type": "application/json" },
        body: text,
      });
    assert.equal((await ask(body(31 * 1024 * 1024))).status, 200);
    assert.equal((await ask(body(33 * 1024 * 1024))).status, 413);
  });

  it("has Accepted and Programmed in every status", async () => {
    const statuses = await gateway.ante.api<readonly { kind: string; status: unknown }[]>("/api/v1/statuses");
    const text = JSON.stringify(statuses);
    for (const kind of ["GatewayClass", "Gateway", "HTTPRoute", "InferencePool", "BackendTrafficPolicy"]) {
      assert.ok(
        statuses.some((status) => status.kind === kind && JSON.stringify(status).includes('"Accepted"')),
        `${kind} has no condition Accepted`,
      );
    }
    assert.match(text, /"type":"Programmed","status":"True"/);
  });
});
