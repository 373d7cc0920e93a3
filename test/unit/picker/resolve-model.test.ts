import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bodyFieldHeaders, modelHeader } from "../../../src/lib/wire.ts";
import type { ModelIr, RewriteRuleIr } from "../../../src/model/ir.ts";
import { createModelIndex, type ModelIndex } from "../../../src/picker/request/model-index.ts";
import { type RequestHead, readHead } from "../../../src/picker/request/request-head.ts";
import { resolveModel } from "../../../src/picker/request/resolve-model.ts";

const modelIr = (name: string, priority: number, targets: ModelIr["targets"]): ModelIr => ({
  name,
  priority,
  targets,
  origin: { kind: "InferenceModel", namespace: "default", name, fieldPath: "" },
});
const models = [
  modelIr("qwen", 1, [{ name: "qwen", weight: 100 }]),
  modelIr("travel-helper", -1, [{ name: "travel-helper-v1", weight: 100 }]),
  modelIr("split", 0, [
    { name: "split", weight: 1 },
    { name: "split-v2", weight: 3 },
  ]),
];
const index = createModelIndex({ models });
const anyModel = createModelIndex({ models: [] });
const rewriteTo = (target: string, model?: string): RewriteRuleIr => ({
  ...(model === undefined ? {} : { model }),
  targets: target === "" ? [] : [{ name: target, weight: 1 }],
  origin: { kind: "InferenceModelRewrite", namespace: "default", name: "rewrite", fieldPath: "" },
});
const renamed = (pool: ModelIndex, model: string): readonly unknown[] => {
  const resolution = resolve(model, JSON.stringify({ model }), never, pool);
  if (resolution.kind === "refused") return [resolution.error.status];
  return [resolution.target, resolution.priority, resolution.body?.toString()];
};
const head = (model?: string, contentType = "application/json"): RequestHead => ({
  method: "POST",
  contentType,
  answers: 1,
  ...(model === undefined ? {} : { model }),
});
const never = (): number => assert.fail("random was drawn");
const resolve = (model: string | undefined, body?: string, random: () => number = never, pool = index) =>
  resolveModel(
    pool,
    { head: head(model), hasBody: true, ...(body === undefined ? {} : { body: Buffer.from(body) }) },
    random,
  );

describe("resolveModel()", () => {
  test("a served model that keeps its name needs no body", () => {
    assert.deepEqual(resolve("qwen"), { kind: "resolved", model: "qwen", target: "qwen", priority: 1 });
  });

  test("a renamed model is spliced into the body, all else as it was", () => {
    const resolution = resolve(
      "travel-helper",
      '{ "prompt":"a\\u00e9", "model" : "travel-helper","seed":12345678901234567890}',
    );
    assert.ok(resolution.kind === "resolved");
    assert.equal(resolution.target, "travel-helper-v1");
    assert.equal(
      resolution.body?.toString(),
      '{ "prompt":"a\\u00e9", "model" : "travel-helper-v1","seed":12345678901234567890}',
    );
  });

  test("several targets are drawn by weight; the drawn one alone decides whether the body changes", () => {
    const body = '{"model":"split"}';
    assert.deepEqual(
      resolve("split", body, () => 0.24),
      { kind: "resolved", model: "split", target: "split", priority: 0 },
    );
    const drawn = resolve("split", body, () => 0.26);
    assert.equal(drawn.kind === "resolved" && drawn.body?.toString(), '{"model":"split-v2"}');
    assert.equal(resolve("split", body, () => 0.999_999).kind, "resolved");
  });

  test("a model that no InferenceModel names is 404", () => {
    const resolution = resolve("gpt-4");
    assert.ok(resolution.kind === "refused");
    assert.deepEqual([resolution.error.status, resolution.error.code], [404, "model_not_found"]);
  });

  test("no model where the pool has InferenceModels is 400, and says why", () => {
    const json = resolve(undefined);
    const form = resolveModel(index, { head: head(undefined, "multipart/form-data"), hasBody: true }, never);
    assert.ok(json.kind === "refused" && form.kind === "refused");
    assert.deepEqual([json.error.status, form.error.status], [400, 400]);
    assert.match(json.error.message, /no usable string "model"/);
    assert.match(form.error.message, /JSON only .*multipart\/form-data/);
  });

  test("a request without a body needs no model", () => {
    const resolution = resolveModel(index, { head: head(), hasBody: false }, never);
    assert.deepEqual(resolution, { kind: "resolved", model: "", target: "", priority: 0 });
  });

  test("a pool without InferenceModels takes any model and none", () => {
    for (const name of ["whatever", undefined]) {
      const resolution = resolve(name, undefined, never, anyModel);
      assert.deepEqual(resolution, { kind: "resolved", model: name ?? "", target: name ?? "", priority: 0 });
    }
  });

  test("a body that says another model than the header is 400", () => {
    for (const body of ['{"model":"other"}', '{"model":"qwen","model":"qwen"}', '{"model":5}', "{}", "garbage"]) {
      const resolution = resolve("qwen", body);
      assert.ok(resolution.kind === "refused", body);
      assert.deepEqual([resolution.error.status, resolution.error.code], [400, "invalid_model"]);
    }
    assert.equal(resolve("qwen", '{"mod\\u0065l":"qw\\u0065n"}').kind, "resolved");
  });

  test("a rename without the body is refused as a change under way, never sent under the wrong name", () => {
    const resolution = resolve("travel-helper");
    assert.ok(resolution.kind === "refused");
    assert.equal(resolution.error.status, 503);
  });
});

describe("resolveModel() with rewrites", () => {
  test("a rewrite of a name beats its InferenceModel's targets, keeps its priority, and makes the name known", () => {
    const pool = createModelIndex({
      models,
      rewrites: [rewriteTo("helper-v2", "travel-helper"), rewriteTo("qwen", "alias"), rewriteTo("", "same")],
    });
    assert.deepEqual(renamed(pool, "travel-helper"), ["helper-v2", -1, '{"model":"helper-v2"}']);
    assert.deepEqual(renamed(pool, "alias"), ["qwen", 0, '{"model":"qwen"}']);
    assert.deepEqual(renamed(pool, "same"), ["same", 0, undefined]);
    assert.deepEqual(renamed(pool, "qwen"), ["qwen", 1, undefined]);
  });

  test("a rewrite of all names takes those that no other does, in a pool that takes any model", () => {
    const rewrites = [rewriteTo("base"), rewriteTo("adapter-v2", "adapter")];
    const pool = createModelIndex({ models: [], rewrites });
    assert.deepEqual(renamed(pool, "adapter"), ["adapter-v2", 0, '{"model":"adapter-v2"}']);
    assert.deepEqual(renamed(pool, "whatever"), ["base", 0, '{"model":"base"}']);
    assert.deepEqual(renamed(pool, "base"), ["base", 0, undefined]);
    assert.deepEqual(renamed(createModelIndex({ models, rewrites }), "whatever"), [404]);
  });
});

describe("readHead()", () => {
  const raw = (key: string, value: string) => ({ key, value: "", rawValue: Buffer.from(value) });

  test("reads raw and plain values, and leaves out what is absent", () => {
    assert.deepEqual(readHead([raw(":method", "POST"), { key: "content-type", value: "Application/JSON" }]), {
      method: "POST",
      contentType: "application/json",
      answers: 1,
    });
  });

  test("takes the smallest of the limits that are numbers over zero", () => {
    const limits = [
      raw(bodyFieldHeaders.max_tokens, "200"),
      raw(bodyFieldHeaders.max_completion_tokens, "100"),
      raw(bodyFieldHeaders.max_output_tokens, "-5"),
    ];
    assert.equal(readHead(limits).outputLimit, 100);
    assert.equal(readHead([raw(bodyFieldHeaders.max_tokens, "lots")]).outputLimit, undefined);
  });

  test("takes the session from the header that the pool names, and from no other", () => {
    const headers = [raw("x-session", "a"), raw("x-other", "b")];
    assert.equal(readHead(headers, "x-session").session, "a");
    assert.equal(readHead(headers, "x-none").session, undefined);
    assert.equal(readHead(headers).session, undefined);
  });

  test("bounds the number of answers", () => {
    const answers = (value: string): number => readHead([raw(bodyFieldHeaders.n, value)]).answers;
    assert.deepEqual([answers("3"), answers("0"), answers("x"), answers("1e9")], [3, 1, 1, 128]);
  });

  test("an empty model is none", () => {
    assert.equal(readHead([raw(modelHeader, "")]).model, undefined);
    assert.equal(readHead([raw(modelHeader, "qwén")]).model, "qwén");
  });
});
