import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EndpointView } from "../../../src/admin/ports.ts";
import { styleFor } from "../../../src/app/top/paint.ts";
import { picture } from "../../../src/app/top/picture.ts";
import { quantile, ratesOf } from "../../../src/app/top/rates.ts";
import { parseMetrics, type Sample } from "../../../src/app/top/sample.ts";

const endpoint = (port: number, change: Partial<EndpointView> = {}): EndpointView => ({
  ...{ address: `127.0.0.1:${port}`, name: "pod", pools: ["p"], state: "ready", kind: "vllm" },
  ...{ inFlight: 4, inFlightTokens: 100, running: 4, waiting: 0, kvCacheUtil: 0.5, generatedTokensTotal: 1_000 },
  ...change,
});
const sample = (change: Partial<Sample> = {}): Sample => ({
  atMs: 0,
  queues: [
    {
      ...{ pool: "v1/default/p", queueing: true, admission: "headroom", saturated: true },
      ...{ waiting: 12, waitingBytes: 0, limits: { requests: 100, bytes: 100 }, outcomes: {} },
      bands: [
        { priority: 1, waiting: 2, bytes: 0, oldestWaitMs: 300 },
        { priority: 0, waiting: 10, bytes: 0, oldestWaitMs: 61_000 },
      ],
    },
  ],
  endpoints: [endpoint(1), endpoint(2, { kvCacheUtil: 0.97, running: 8 }), endpoint(3, { state: "ejected" })],
  placed: 10,
  firstTokens: new Map(),
  ...change,
});
const plain = { colour: false, blocks: false };
const draw = (given: Sample, size = { columns: 100, rows: 40 }, style = plain): readonly string[] =>
  picture(
    {
      admin: "http://127.0.0.1:19000",
      sample: given,
      rates: {
        requestsPerSecond: 4.25,
        tokensPerSecond: 1_234,
        models: [{ model: "qwen", ended: 9, p50: 0.21, p90: 12 }],
      },
      window: "last 30 s",
    },
    size,
    style,
  );

describe("the picture of a gateway", () => {
  it("shows rates, waiting by priority, servers and first tokens by model", () => {
    assert.deepEqual(draw(sample()), [
      "http://127.0.0.1:19000  4.3 requests/s   1,234 tokens/s   12 waiting   12 in flight",
      "",
      "WAITING               v1/default/p  saturated",
      "  priority   1        #####....................      2  oldest 300ms",
      "  priority   0        #########################     10  oldest 1m01s",
      "",
      "SERVER                RUNNING                          KV CACHE",
      " 127.0.0.1:1          #############............     4  #############............  50%",
      " 127.0.0.1:2          #########################     8  ########################.  97%",
      " 127.0.0.1:3          ejected  ",
      "",
      "FIRST TOKEN                p50      p90   ended  last 30 s",
      "  qwen                   210ms    12.0s       9",
    ]);
  });

  it("fits the terminal, and counts the servers that it leaves out", () => {
    const many = sample({ endpoints: Array.from({ length: 50 }, (_, at) => endpoint(at)) });
    for (const columns of [20, 60, 200]) {
      const lines = draw(many, { columns, rows: 18 });
      assert.ok(lines.length <= 18);
      for (const line of lines) assert.ok(line.length <= columns, line);
    }
    const lines = draw(many, { columns: 100, rows: 18 });
    const listed = lines.filter((line) => line.includes("127.0.0.1:") && line.startsWith(" ")).length;
    assert.ok(lines.includes(`  and ${50 - listed} more`));
    assert.match(lines.at(-1) ?? "", /qwen/);
  });

  it("has the same width with colours, which it resets in every line", () => {
    const coloured = draw(sample(), { columns: 90, rows: 40 }, { colour: true, blocks: false });
    const stripped = coloured.map((line) => line.replaceAll(/\p{Cc}\[\d*m/gu, ""));
    assert.deepEqual(stripped, draw(sample(), { columns: 90, rows: 40 }));
    for (const line of coloured) if (/\p{Cc}/u.test(line)) assert.match(line, /\p{Cc}\[0m[^\p{Cc}]*$/u);
  });

  it("says that it is old where the gateway does not answer", () => {
    const rates = { models: [] };
    const [head] = picture(
      { admin: "a", sample: sample(), rates, window: "", problem: "no answer" },
      { columns: 80, rows: 40 },
      plain,
    );
    assert.equal(head, "a  no answer");
  });

  it("lets no name command the terminal", () => {
    const lines = draw(sample({ endpoints: [endpoint(1, { address: "\u001b[2J1" })] }));
    assert.doesNotMatch(lines.join(""), /\p{Cc}/u);
  });
});

describe("styleFor()", () => {
  it("has no colour with NO_COLOR, on a dumb terminal or without one, and blocks where the locale is UTF-8", () => {
    assert.deepEqual(styleFor({ LANG: "C.UTF-8" }, true), { colour: true, blocks: true });
    assert.deepEqual(styleFor({ LC_ALL: "C", LANG: "C.UTF-8" }, false), { colour: false, blocks: false });
    assert.equal(styleFor({ NO_COLOR: "1" }, true).colour, false);
    assert.equal(styleFor({ TERM: "dumb" }, true).colour, false);
  });
});

describe("ratesOf()", () => {
  const buckets = (...counts: readonly number[]) => ({
    buckets: [1, 2, Number.POSITIVE_INFINITY].map((bound, at) => ({ bound, count: counts[at] ?? 0 })),
  });

  it("tells what came between two looks", () => {
    const recent = sample({ atMs: 0 });
    const latest = sample({
      atMs: 2_000,
      placed: 30,
      endpoints: [endpoint(1, { generatedTokensTotal: 1_500 }), endpoint(2, { generatedTokensTotal: 20 })],
      firstTokens: new Map([["qwen", buckets(4, 8, 8)]]),
    });
    const oldest = sample({ firstTokens: new Map([["qwen", buckets(4, 4, 4)]]) });
    assert.deepEqual(ratesOf({ latest, recent, oldest }), {
      requestsPerSecond: 10,
      // The second server was started anew in between.
      tokensPerSecond: 250,
      models: [{ model: "qwen", ended: 4, p50: 1.5, p90: 1.9 }],
    });
  });

  it("tells no rate of one look, nor across a restart of the picker", () => {
    assert.deepEqual(ratesOf({ latest: sample(), recent: undefined, oldest: undefined }), { models: [] });
    const latest = sample({ atMs: 1_000, placed: 0, endpoints: [] });
    assert.deepEqual(ratesOf({ latest, recent: sample(), oldest: sample() }), { models: [] });
  });
});

describe("quantile()", () => {
  it("is within the bucket that holds it, and the last finite bound beyond", () => {
    const buckets = [
      { bound: 1, count: 5 },
      { bound: 2, count: 10 },
      { bound: Number.POSITIVE_INFINITY, count: 20 },
    ];
    assert.equal(quantile(buckets, 0.25), 1);
    assert.equal(quantile(buckets, 0.375), 1.5);
    assert.equal(quantile(buckets, 0.9), 2);
    assert.equal(quantile([{ bound: 1, count: 0 }], 0.5), undefined);
  });
});

describe("parseMetrics()", () => {
  it("sums what is placed, and the first tokens of a model over its targets", () => {
    const page = [
      'llm_d_epp_request_total{model_name="a",target_model_name="a"} 3',
      'llm_d_epp_request_total{model_name="b",target_model_name="b"} 4',
      'llm_d_epp_request_ttft_seconds_bucket{le="1",model_name="a",target_model_name="x"} 1',
      'llm_d_epp_request_ttft_seconds_bucket{le="+Inf",model_name="a",target_model_name="x"} 2',
      'llm_d_epp_request_ttft_seconds_bucket{le="1",model_name="a",target_model_name="y"} 5',
      'llm_d_epp_request_ttft_seconds_bucket{le="+Inf",model_name="a",target_model_name="y"} 5',
    ].join("\n");
    assert.deepEqual(parseMetrics(Buffer.from(page)), {
      placed: 7,
      firstTokens: new Map([
        [
          "a",
          {
            buckets: [
              { bound: 1, count: 6 },
              { bound: Number.POSITIVE_INFINITY, count: 7 },
            ],
          },
        ],
      ]),
    });
  });
});
