/** What a real Envoy makes of the resources that xds/build writes; unknown fields are refused. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { after, before, describe, it } from "node:test";
import { AccessLogType } from "../../src/gen/envoy/data/accesslog/v3/accesslog.ts";
import { placementMetadata, streamMetadata } from "../../src/lib/wire.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { findMissing } from "../../src/xds/snapshot.ts";
import { EnvoyRig } from "../helpers/envoy-rig.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, http, httpGet, postJson, seenIn, startEcho } from "../helpers/http.ts";
import { freePort } from "../helpers/ports.ts";
import { wiringCase } from "../helpers/wiring-case.ts";

const rig = new EnvoyRig();
/** Envoy itself says where the client is. */
const ours = /^x-(antechamber|gateway-destination|envoy-(?!external-address$))/;
const llm = { host: "llm.test" };
let port = 0;
let one: Echo;
let two: Echo;
let deadPort = 0;

before(async () => {
  one = await startEcho("one");
  two = await startEcho("two");
  deadPort = await freePort();
  port = await freePort();
  const { gateway, endpoints } = wiringCase({ port, one: one.port, two: two.port, dead: deadPort });
  const builder = createBuilder({
    bind: "127.0.0.1",
    streamIdleTimeoutMs: 1000,
    accessLogFlushMs: 300,
    reusePort: false,
  });
  const snapshot = builder.build({ gateway, endpoints, held: nothingHeld, sequence: 1 });
  assert.equal(findMissing(snapshot), undefined);
  rig.picker.decide = () => `127.0.0.1:${two.port}`;
  await rig.start();
  await rig.publish(snapshot, port);
});

after(async () => {
  await rig.stop();
  await Promise.all([one.stop(), two.stop()]);
});

describe("a model in the body alone", () => {
  it("chooses the route by its exact name and the server by the picker", async () => {
    const seen = seenIn(await postJson(port, "/v1/completions", { model: "qwen", max_tokens: 12 }, llm));
    assert.equal(seen.server, "two");
    const asked = rig.picker.asked.at(-1);
    assert.equal(asked?.route[streamMetadata.pool], "v1/default/qwen");
    assert.equal(asked?.route[streamMetadata.cluster], "pool/v1/default/qwen");
    assert.equal(asked?.route[streamMetadata.routeTimeoutMs], "86400000");
    assert.equal(asked?.headers["x-antechamber-max-tokens"], "12");
    assert.equal(asked?.body, undefined);
    assert.equal(asked?.attributes["xds.route_name"], "httproute/default/qwen/rule/0/match/0");
    assert.ok("request.time" in (asked?.attributes ?? {}));
  });

  it("chooses the route by a regular expression, and the picker gets the whole body", async () => {
    const body = JSON.stringify({ model: "travel-helper-v2", prompt: "x".repeat(200_000) });
    const seen = seenIn(await postJson(port, "/v1/completions", body, llm));
    assert.equal(seen.server, "two");
    assert.equal(seen.headers["content-length"], String(body.length));
    assert.equal(rig.picker.asked.at(-1)?.body?.toString(), body);
  });

  it("never shows the server a header of the gateway's", async () => {
    const seen = seenIn(await postJson(port, "/v1/completions", { model: "qwen", max_tokens: 5, n: 2 }, llm));
    assert.deepEqual(
      Object.keys(seen.headers).filter((name) => ours.test(name)),
      [],
    );
  });
});

describe("forged headers", () => {
  it("choose neither a route nor a server, and reach no server", async () => {
    const forged = {
      ...llm,
      "x-gateway-model-name": "qwen",
      "x-gateway-destination-endpoint": `127.0.0.1:${one.port}`,
      "x-antechamber-max-tokens": "1",
      "x-envoy-original-path": "/forged",
      "x-envoy-upstream-rq-timeout-ms": "1",
      "x-envoy-retry-on": "5xx",
    };
    assert.equal((await postJson(port, "/v1/completions", { prompt: "x" }, forged)).status, 400);
    const seen = seenIn(await postJson(port, "/v1/completions", { model: "qwen" }, forged));
    assert.equal(seen.server, "two");
    assert.equal(rig.picker.asked.at(-1)?.headers["x-antechamber-max-tokens"], undefined);
    assert.equal(rig.picker.asked.at(-1)?.headers["x-gateway-destination-endpoint"], undefined);
    const plain = seenIn(await httpGet(port, "/", { ...forged, host: "web.test", "x-envoy-any": "1" }));
    assert.deepEqual(
      Object.keys(plain.headers).filter((name) => ours.test(name)),
      [],
    );
  });
});

describe("what no rule takes", () => {
  it("is an unknown model: 404, naming it safely", async () => {
    const model = 'no "such"\\ \u00e9 %REQ(host)% model';
    const answer = await postJson(port, "/v1/completions", { model }, llm);
    assert.equal(answer.status, 404);
    assert.match(answer.headers["content-type"] ?? "", /^application\/json/);
    const { error } = JSON.parse(answer.body) as { error: Record<string, unknown> };
    assert.deepEqual(error, {
      message: `The model '${model}' does not exist`,
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    });
  });

  for (const [what, body] of Object.entries({
    "has no model": '{"prompt":"x"}',
    "has an empty body": "",
    "has an empty model": '{"model":""}',
    "is no JSON": '{"model":',
    "has its model twice": '{"model":"qwen","model":"other"}',
  })) {
    it(`is JSON that ${what}: 400`, async () => {
      const answer = await postJson(port, "/v1/completions", body, llm);
      assert.equal(answer.status, 400);
      const { error } = JSON.parse(answer.body) as { error: Record<string, unknown> };
      assert.equal(error["code"], "model_required");
      assert.match(String(error["message"]), /JSON body has no usable string "model"/);
    });
  }

  it("is a multipart body: 400 that says that it carries no model", async () => {
    const headers = { ...llm, "content-type": "multipart/form-data; boundary=b" };
    const answer = await http(port, "/v1/audio/transcriptions", { method: "POST", headers, body: "--b--" });
    assert.equal(answer.status, 400);
    assert.match(answer.body, /multipart body carries no model/);
  });

  it("is a form, as curl -d sends: 400 with the flag that is missing", async () => {
    const headers = { ...llm, "content-type": "application/x-www-form-urlencoded" };
    const answer = await http(port, "/v1/completions", { method: "POST", headers, body: '{"model":"qwen"}' });
    assert.equal(answer.status, 400);
    assert.match(
      (JSON.parse(answer.body) as { error: { message: string } }).error.message,
      /-H 'content-type: application\/json'/,
    );
  });

  it("is anything else: a plain 404", async () => {
    assert.equal((await httpGet(port, "/nothing", llm)).status, 404);
    assert.equal(
      (await http(port, "/x", { method: "POST", headers: { ...llm, "content-type": "text/plain" }, body: "x" })).status,
      404,
    );
    assert.equal(
      (await http(port, "/x", { method: "PUT", headers: { ...llm, "content-type": "application/json" }, body: "{}" }))
        .status,
      404,
    );
  });

  it("is the list of models: the names that the host's pools serve", async () => {
    const answer = await httpGet(port, "/v1/models", llm);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    const list = JSON.parse(answer.body) as { object: string; data: { id: string; object: string }[] };
    assert.equal(list.object, "list");
    assert.deepEqual(
      list.data.map(({ id }) => id),
      ["qwen", 'travel "helper"'],
    );
  });
});

describe("a rule that answers by itself", () => {
  it("says why in OpenAI's form where a model is asked for", async () => {
    const answer = await postJson(port, "/broken", { prompt: "x" }, llm);
    assert.equal(answer.status, 500);
    assert.equal((JSON.parse(answer.body) as { error: { message: string } }).error.message, 'no pool "x"');
  });

  it("does not stand in the way of a large body, whatever is answered in the end", async () => {
    const large = { prompt: "x".repeat(3 << 20) };
    assert.equal((await postJson(port, "/broken", large, llm)).status, 500);
    assert.equal((await postJson(port, "/v1/completions", large, llm)).status, 400);
    assert.equal((await postJson(port, "/v1/completions", { ...large, model: "none" }, llm)).status, 404);
  });
});

describe("routes without a model", () => {
  it("are untouched on a host that has model rules: JSON streams through", async () => {
    const seen = seenIn(await postJson(port, "/plain/x", { model: "qwen" }, llm));
    assert.equal(seen.server, "one");
    assert.equal(seen.headers["x-gateway-model-name"], undefined);
  });

  it("are re-matched to a model rule where they overlap with one", async () => {
    assert.equal(seenIn(await postJson(port, "/over/x", { model: "qwen" }, llm)).server, "two");
    assert.equal(seenIn(await postJson(port, "/over/x", { model: "unknown" }, llm)).server, "one");
  });

  it("modify headers as written, with percent signs as text", async () => {
    const answer = await httpGet(port, "/", { "x-drop": "1" });
    assert.equal(answer.headers["x-added"], "%REQ(host)%");
    const seen = seenIn(answer);
    assert.equal(seen.headers["x-set"], "100%");
    assert.equal(seen.headers["x-drop"], undefined);
  });

  it("answer 503 without endpoints and 500 without a backend", async () => {
    assert.equal((await httpGet(port, "/empty", llm)).status, 503);
    assert.equal((await httpGet(port, "/gone", llm)).status, 500);
  });

  it("let a websocket through, which a pool does not", async () => {
    const headers = { connection: "upgrade", upgrade: "websocket" };
    assert.notEqual((await httpGet(port, "/plain/x", { ...headers, ...llm })).status, 403);
    assert.equal((await httpGet(port, "/x", { ...headers, host: "pool.test" })).status, 403);
  });
});

describe("pool routes", () => {
  it("mix pools, Services and missing backends by weight", async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => postJson(port, "/v1/completions", { model: "mixed" }, llm)),
    );
    const outcomes = answers.map((answer) => (answer.status === 200 ? seenIn(answer).server : String(answer.status)));
    assert.deepEqual([...new Set(outcomes)].sort(), ["500", "one", "two"]);
  });

  it("try the next of the picker's servers when the first refuses, whatever the body's size", async () => {
    rig.picker.decide = () => `127.0.0.1:${deadPort},127.0.0.1:${two.port}`;
    const body = { model: "qwen", prompt: "x".repeat(500_000) };
    assert.equal(seenIn(await postJson(port, "/v1/completions", body, llm)).server, "two");
    rig.picker.decide = () => `127.0.0.1:${two.port}`;
  });

  it("try no server that the picker did not name", async () => {
    rig.picker.decide = () => Array.from({ length: 3 }, () => `127.0.0.1:${deadPort}`).join(",");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postJson(port, "/v1/completions", { model: "qwen" }, llm)),
    );
    rig.picker.decide = () => `127.0.0.1:${two.port}`;
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
  });

  it("carry bodies of 20 MiB and refuse those above 32 MiB in OpenAI's form", async () => {
    const body = (mebibytes: number): string =>
      JSON.stringify({ model: "travel-helper", prompt: "x".repeat(mebibytes << 20) });
    assert.equal(seenIn(await postJson(port, "/v1/completions", body(20), llm)).server, "two");
    const answer = await postJson(port, "/v1/completions", body(33), { ...llm, expect: "100-continue" });
    assert.equal(answer.status, 413);
    assert.equal((JSON.parse(answer.body) as { error: { code: string } }).error.code, "request_too_large");
  });

  it("say in OpenAI's form that the server failed", async () => {
    const answer = await postJson(port, "/v1/completions", { model: "dead" }, llm);
    assert.equal(answer.status, 503);
    const { error } = JSON.parse(answer.body) as { error: Record<string, unknown> };
    assert.equal(error["code"], "upstream_failed");
    assert.match(String(error["message"]), /connection/i);
  });

  it("wait longer than the stream idle timeout, which still ends silent plain streams", async () => {
    rig.picker.decide = async () => {
      await new Promise((wake) => setTimeout(wake, 2500));
      return `127.0.0.1:${two.port}`;
    };
    assert.equal(seenIn(await postJson(port, "/v1/completions", { model: "qwen" }, llm)).server, "two");
    assert.equal(seenIn(await httpGet(port, "/v1/x", { host: "pool.test" })).server, "two");
    rig.picker.decide = () => `127.0.0.1:${two.port}`;
    await assert.rejects(httpGet(port, "/", { "x-hold-ms": "2500" }), /aborted/);
  });

  it("pass an immediate answer with its headers", async () => {
    rig.picker.decide = () => ({
      response: {
        $case: "immediateResponse",
        value: {
          status: { code: 429 },
          headers: {
            setHeaders: [
              "content-type: application/json",
              "retry-after: 10",
              "x-llm-d-request-dropped-reason: full",
            ].map((line) => {
              const [key = "", value = ""] = line.split(": ");
              return { header: { key, rawValue: Buffer.from(value) } };
            }),
          },
          body: Buffer.from("{}"),
        },
      },
    });
    const answer = await postJson(port, "/v1/completions", { model: "qwen" }, llm);
    rig.picker.decide = () => `127.0.0.1:${two.port}`;
    assert.equal(answer.status, 429);
    assert.equal(answer.headers["retry-after"], "10");
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.headers["x-llm-d-request-dropped-reason"], "full");
    assert.equal(answer.body, "{}");
  });

  for (const path of ["/v1/completions", "/over/x"]) {
    it(`speak HTTP/2, with trailers and in several frames (${path})`, async () => {
      const session = connectHttp2(`http://127.0.0.1:${port}`);
      const stream = session.request(
        {
          ":method": "POST",
          ":path": path,
          ":authority": "llm.test:80",
          "content-type": "application/json",
        },
        { endStream: false, waitForTrailers: true },
      );
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "1" }));
      stream.write('{"model":"travel');
      stream.write('-helper"');
      stream.end("}");
      let text = "";
      stream.setEncoding("utf8");
      for await (const chunk of stream) text += chunk;
      session.close();
      assert.equal((JSON.parse(text) as { server: string }).server, "two");
      assert.equal(rig.picker.asked.at(-1)?.body?.toString(), '{"model":"travel-helper"}');
    });
  }
});

describe("access logs", () => {
  it("tell the picker of a running request from time to time, and write it down once", async () => {
    const headers = { ...llm, "x-hold-ms": "900", "user-agent": "slow" };
    seenIn(await postJson(port, "/v1/completions", { model: "qwen" }, headers));
    const ofIt = (): readonly number[] =>
      rig.picker.entries
        .filter(({ request }) => request?.userAgent === "slow")
        .map(({ commonProperties }) => commonProperties?.accessLogType ?? -1);
    const types = await eventually("its last entry", () =>
      ofIt().includes(AccessLogType.DownstreamEnd) ? ofIt() : undefined,
    );
    assert.ok(types.length > 1);
    assert.deepEqual(
      types,
      types.map((_, index) =>
        index === types.length - 1 ? AccessLogType.DownstreamEnd : AccessLogType.DownstreamPeriodic,
      ),
    );
    const lines = (): number => rig.accessLog.filter((line) => line.includes('"slow"')).length;
    await eventually("its line", () => (lines() > 0 ? true : undefined), { timeoutMs: 15_000 });
    assert.equal(lines(), 1);
  });

  it("tell the picker of placed requests only, while they run and when they end", async () => {
    await eventually("no entry of an earlier request", () => {
      const seen = rig.picker.entries.length;
      rig.picker.entries.length = 0;
      return seen === 0 ? true : undefined;
    });
    await httpGet(port, "/");
    await postJson(port, "/v1/completions", { model: "unknown" }, llm);
    seenIn(await postJson(port, "/v1/completions", { model: "qwen" }, llm));
    const entry = await eventually("the entry of a placed request", () => rig.picker.entries.at(0));
    assert.equal(rig.picker.entries.length, 1);
    const common = entry.commonProperties;
    assert.match(String(common?.metadata?.filterMetadata?.[placementMetadata.namespace]?.["placement"]), /^placement-/);
    assert.equal(common?.upstreamCluster, "pool/v1/default/qwen");
  });

  it("have one line of JSON per request, with the placement", async () => {
    seenIn(await postJson(port, "/v1/completions", { model: "qwen" }, { ...llm, "user-agent": "logged" }));
    const lines = await eventually(
      "the line",
      () => {
        const parsed = rig.accessLog.map((line) => JSON.parse(line) as Record<string, unknown>);
        return parsed.some((fields) => fields["user-agent"] === "logged") ? parsed : undefined;
      },
      { timeoutMs: 15_000 },
    );
    const fields = lines.find((candidate) => candidate["user-agent"] === "logged") ?? {};
    assert.equal(fields["model"], "qwen");
    assert.equal(fields["pool"], "v1/default/qwen");
    assert.equal(fields["waited_ms"], 7);
    assert.equal(fields["endpoint_served"], `127.0.0.1:${two.port}`);
  });
});

describe("a picker that is gone", () => {
  it("is waited for, and gets the waiting requests again when it is back; a pool that fails open goes on", async () => {
    rig.picker.decide = () => new Promise(() => {});
    const body = JSON.stringify({ model: "qwen", prompt: "x".repeat(500_000) });
    const waiting = postJson(port, "/v1/completions", body, llm);
    const asked = rig.picker.asked.length;
    await eventually("the request at the picker", () => (rig.picker.asked.length > asked ? true : undefined));
    rig.picker.stop();
    const late = postJson(port, "/v1/completions", { model: "travel-helper" }, llm);
    assert.equal(seenIn(await httpGet(port, "/v1/x", { host: "pool.test" })).server, "two");
    await rig.replacePicker();
    rig.picker.decide = () => `127.0.0.1:${two.port}`;
    assert.equal(seenIn(await waiting).server, "two");
    assert.equal(seenIn(await waiting).bodyBytes, body.length);
    assert.equal(seenIn(await late).server, "two");
  });
});
