/** Pickers that are not ours, in both ways in which they answer, on a real Envoy: what clients and servers see of them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ProcessingResponse } from "../../src/gen/envoy/service/ext_proc/v3/external_processor.ts";
import type { ClusterIr, PoolUseIr } from "../../src/model/ir.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { findMissing } from "../../src/xds/snapshot.ts";
import { EnvoyRig } from "../helpers/envoy-rig.ts";
import { eventually } from "../helpers/eventually.ts";
import { externalPickerOf } from "../helpers/external-picker.ts";
import { FakeEndpointPicker } from "../helpers/fake-endpoint-picker.ts";
import { type Echo, http, httpGet, postJson, seenIn, startEcho } from "../helpers/http.ts";
import { Http2Client } from "../helpers/http2.ts";
import {
  backendOf,
  endpointsOf,
  forward,
  makeGateway,
  makeRoute,
  matchModel,
  poolCluster,
} from "../helpers/make-ir.ts";
import { freePort } from "../helpers/ports.ts";

const rig = new EnvoyRig();
const pickers = {
  full: new FakeEndpointPicker({ answers: "full-duplex", tls: true }),
  parts: new FakeEndpointPicker({ answers: "part-by-part", tls: true }),
  plain: new FakeEndpointPicker({ answers: "full-duplex", tls: false }),
};
let port = 0;
let one: Echo;
let two: Echo;
let dead = 0;

const uses = {
  full: externalPickerOf("full", { chain: "full-duplex", tls: "insecure" }),
  parts: externalPickerOf("parts", { chain: "buffered", tls: "insecure" }, true),
  plain: externalPickerOf("plain", { chain: "full-duplex", tls: "off" }),
};
const names = ["full", "parts", "plain"] as const;

before(async () => {
  one = await startEcho("one");
  two = await startEcho("two");
  dead = await freePort();
  port = await freePort();
  await Promise.all(Object.values(pickers).map((picker) => picker.start()));
  const pools = names.map((name) => poolCluster(name));
  const openPools = names.map((name) => poolCluster(`${name}-open`));
  const backend = (pool: ClusterIr | undefined, name: keyof typeof uses, more: Partial<PoolUseIr> = {}) =>
    backendOf(pool as ClusterIr, 1, { picker: uses[name].use, ...more });
  const hosts = names.flatMap((name, index) => [
    {
      host: `${name}.test`,
      model: { servedModels: [] },
      routes: [
        makeRoute(
          `${name}-told`,
          forward([backend(pools[index], name, { objective: "100% urgent", fairnessId: "tenant" })]),
          {
            match: matchModel("exact", "told"),
            body: "needs" as const,
          },
        ),
        makeRoute(name, forward([backend(pools[index], name)]), { body: "needs" as const }),
      ],
    },
    {
      host: `${name}-open.test`,
      model: { servedModels: [] },
      routes: [
        makeRoute(`${name}-open`, forward([backend(openPools[index], name, { failOpen: true })]), {
          body: "needs" as const,
        }),
      ],
    },
  ]);
  const own = poolCluster("own");
  const mixed = {
    host: "mixed.test",
    model: { servedModels: [] },
    routes: [
      makeRoute("mixed", forward([backend(pools[0], "full"), backend(pools[1], "parts"), backendOf(own)]), {
        body: "needs" as const,
      }),
    ],
  };
  const gateway = makeGateway(
    [...hosts, mixed].sort((a, b) => (a.host < b.host ? -1 : 1)),
    [...pools, ...openPools, own, ...names.map((name) => uses[name].cluster)],
    port,
  );
  const endpoints = endpointsOf({
    ...Object.fromEntries([...pools, own].map(({ key }) => [key, [one.port, two.port, dead]])),
    ...Object.fromEntries(openPools.map(({ key }) => [key, [one.port, two.port]])),
    ...Object.fromEntries(names.map((name) => [uses[name].cluster.key, [pickers[name].port]])),
  });
  const builder = createBuilder({
    bind: "127.0.0.1",
    streamIdleTimeoutMs: 300_000,
    accessLogFlushMs: 10_000,
    reusePort: false,
  });
  const snapshot = builder.build({ gateway, endpoints, held: nothingHeld, sequence: 1 });
  assert.equal(findMissing(snapshot), undefined);
  await rig.start();
  await rig.publish(snapshot, port);
});

after(async () => {
  await rig.stop();
  for (const picker of Object.values(pickers)) picker.stop();
  await Promise.all([one.stop(), two.stop()]);
});

for (const name of names) {
  describe(`an external picker, ${name}`, () => {
    const picker = pickers[name];
    const host = { host: `${name}.test` };

    it("chooses the server of a request with a body, which arrives whole", async () => {
      picker.decide = () => `127.0.0.1:${two.port}`;
      const body = JSON.stringify({ model: "m", prompt: "x".repeat(300_000) });
      const seen = seenIn(await postJson(port, "/v1/completions", body, host));
      assert.deepEqual(
        { server: seen.server, bodyBytes: seen.bodyBytes, length: seen.headers["content-length"] },
        { server: "two", bodyBytes: body.length, length: String(body.length) },
      );
      assert.equal(picker.picked.at(-1)?.body.length, body.length);
      picker.decide = () => `127.0.0.1:${one.port}`;
      assert.equal(seenIn(await postJson(port, "/v1/completions", { model: "m" }, host)).server, "one");
    });

    it("chooses the server of a request without a body", async () => {
      picker.decide = () => `127.0.0.1:${two.port}`;
      assert.equal(seenIn(await httpGet(port, "/v1/models/m", host)).server, "two");
    });

    it("is told which server served", async () => {
      picker.decide = () => `127.0.0.1:${two.port}`;
      const answer = await postJson(port, "/v1/completions", { model: "m" }, host);
      assert.equal(answer.headers["x-served"], `127.0.0.1:${two.port}`);
      assert.equal(picker.picked.at(-1)?.served, `127.0.0.1:${two.port}`);
    });

    it("serves HTTP/2, with a body in pieces", async () => {
      picker.decide = () => `127.0.0.1:${two.port}`;
      const client = new Http2Client(port);
      const pieces = ['{"model":"m","prompt":"', "x".repeat(100_000), '"}'];
      const answer = await client.ask({ path: "/v1/completions", headers: { ":authority": host.host }, pieces });
      client.close();
      assert.equal(answer.status, 200, answer.body);
      assert.equal((JSON.parse(answer.body) as { bodyBytes: number }).bodyBytes, pieces.join("").length);
    });

    it("takes bodies of 4 MiB, and more", async () => {
      picker.decide = () => `127.0.0.1:${two.port}`;
      const body = JSON.stringify({ model: "m", prompt: "x".repeat(5 * 1024 * 1024) });
      assert.equal(seenIn(await postJson(port, "/v1/completions", body, host)).bodyBytes, body.length);
    });

    it("names servers that come next where the first makes no connection", async () => {
      picker.decide = () => `127.0.0.1:${dead},127.0.0.1:${two.port}`;
      for (const ask of [1, 2, 3]) {
        const answer = await postJson(port, "/v1/completions", { model: "m" }, host);
        assert.equal(seenIn(answer).server, "two", `request ${ask}`);
        assert.equal(answer.headers["x-served"], `127.0.0.1:${two.port}`);
      }
    });

    it("may refuse", async () => {
      picker.decide = () => refused;
      const answer = await postJson(port, "/v1/completions", { model: "m" }, host);
      assert.deepEqual([answer.status, answer.body], [429, "later"]);
    });

    it("hears what the rule says of its requests, and nothing that clients claim", async () => {
      picker.decide = () => `127.0.0.1:${two.port}`;
      const claim = { ...host, "x-llm-d-inference-objective": "mine", "x-gateway-destination-endpoint": "127.0.0.1:1" };
      await postJson(port, "/v1/completions", { model: "told" }, claim);
      const told = picker.picked.at(-1)?.headers ?? {};
      for (const prefix of ["x-llm-d-inference", "x-gateway-inference"]) {
        assert.equal(told[`${prefix}-objective`], "100% urgent");
        assert.equal(told[`${prefix}-fairness-id`], "tenant");
      }
      await postJson(port, "/v1/completions", { model: "m" }, { ...claim, authorization: "Bearer secret" });
      const untold = picker.picked.at(-1)?.headers ?? {};
      // The pool of this one believes its clients.
      assert.equal(untold["x-llm-d-inference-objective"], name === "parts" ? "mine" : undefined);
      assert.equal(untold["x-gateway-destination-endpoint"], undefined);
      assert.equal(untold["authorization"], undefined);
    });
  });
}

const refused: ProcessingResponse = {
  response: { $case: "immediateResponse", value: { status: { code: 429 }, body: Buffer.from("later") } },
};

it("holds up no part of an answer that streams", async () => {
  for (const name of names) {
    pickers[name].decide = () => `127.0.0.1:${two.port}`;
    const started = performance.now();
    let firstByteMs = 0;
    const client = new Http2Client(port);
    await client.ask({
      path: "/v1/completions",
      headers: { ":authority": `${name}.test`, "x-hold-ms": "300" },
      pieces: ['{"model":"m"}'],
      onHeaders: () => (firstByteMs = performance.now() - started),
    });
    client.close();
    assert.ok(firstByteMs < 250, `${name}: headers after ${firstByteMs} ms`);
  }
});

it("is one of several in a rule: each share goes by its own", async () => {
  const counted = { full: pickers.full.picked.length, parts: pickers.parts.picked.length };
  pickers.full.decide = () => `127.0.0.1:${one.port}`;
  pickers.parts.decide = () => `127.0.0.1:${two.port}`;
  rig.picker.decide = () => `127.0.0.1:${two.port}`;
  const own = rig.picker.asked.length;
  for (let ask = 0; ask < 60; ask++) {
    const answer = await postJson(port, "/v1/completions", { model: "m" }, { host: "mixed.test" });
    assert.equal(answer.status, 200, answer.body);
  }
  const shares = [
    pickers.full.picked.length - counted.full,
    pickers.parts.picked.length - counted.parts,
    rig.picker.asked.length - own,
  ];
  assert.equal(
    shares.reduce((sum, share) => sum + share),
    60,
  );
  assert.ok(
    shares.every((share) => share > 5),
    shares.join(),
  );
});

describe("an external picker that is gone", () => {
  before(() => {
    for (const name of names) pickers[name].stop();
  });

  it("is done without where the pool fails open, and else answered 503 soon", async () => {
    for (const name of names) {
      const open = { host: `${name}-open.test` };
      assert.equal(seenIn(await httpGet(port, "/v1/models/m", open)).method, "GET", name);
      // By now it is known that nobody is there.
      for (const size of [20, 300_000]) {
        const body = JSON.stringify({ model: "m", prompt: "x".repeat(size) });
        assert.equal(seenIn(await postJson(port, "/v1/completions", body, open)).bodyBytes, body.length, name);
      }
      const started = performance.now();
      const closed = await Promise.all([
        postJson(port, "/v1/completions", { model: "m" }, { host: `${name}.test` }),
        http(port, "/v1/models/m", { headers: { host: `${name}.test` } }),
      ]);
      assert.deepEqual(
        closed.map(({ status }) => status),
        [503, 503],
        name,
      );
      assert.ok(performance.now() - started < 10_000);
    }
  });

  it("chooses again as soon as it is back", async () => {
    for (const name of names) {
      await pickers[name].start();
      pickers[name].decide = () => `127.0.0.1:${one.port}`;
      await eventually(`the picker ${name}`, async () => {
        const answer = await postJson(port, "/v1/completions", { model: "m" }, { host: `${name}.test` });
        return answer.status === 200 && seenIn(answer).server === "one" ? true : undefined;
      });
    }
  });
});
