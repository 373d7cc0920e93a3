import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { configuresPicker, readPoolAnnotations } from "../../../src/model/pool-annotations.ts";
import { fixedAnnotations, type Knob, knobs } from "../../../src/model/pool-settings.ts";

const environment = "inference-epp-env.networking.x-k8s.io/";

describe("a pool's annotations", () => {
  it("may be absent: every knob has its default", () => {
    const { settings, warnings } = readPoolAnnotations({});
    assert.deepEqual(warnings, []);
    assert.equal(settings.queueing, true);
    assert.equal(settings.admission, "headroom");
    assert.equal(settings.maxQueuedRequests, 20_000);
    assert.equal(settings.maxQueuedBytes, 2 ** 30);
  });

  it("of two names for one knob take the first that is good", () => {
    const both = { [`${environment}sd-queue-depth-threshold`]: "3", [`${environment}queue-threshold-critical`]: "9" };
    assert.equal(readPoolAnnotations(both).settings.queueDepthThreshold, 3);
    const oneBad = { ...both, [`${environment}sd-queue-depth-threshold`]: "-1" };
    assert.equal(readPoolAnnotations(oneBad).settings.queueDepthThreshold, 9);
    assert.equal(readPoolAnnotations(oneBad).warnings.length, 1);
  });

  it("with a bad value leave the default, and the warning names annotation, value and bound", () => {
    const { settings, warnings } = readPoolAnnotations({ "antechamber.dev/hold-back": "2" });
    assert.equal(settings.holdBack, 0.8);
    assert.deepEqual(warnings, [
      'Annotation antechamber.dev/hold-back: "2" is not a number from 0 to 1, so it is not used (default 0.8)',
    ]);
  });

  it("of ours that are unknown get a warning with the nearest name", () => {
    assert.deepEqual(readPoolAnnotations({ "antechamber.dev/hold-bak": "0.1" }).warnings, [
      "Annotation antechamber.dev/hold-bak is unknown; did you mean antechamber.dev/hold-back?",
    ]);
  });

  it("read every name of the published picker's environment", () => {
    const names = [
      "kv-cache-threshold",
      "queue-threshold-critical",
      "queuing-threshold-lora",
      "lora-affinity-threshold",
      "use-streaming",
      "experimental-use-queueing",
      "experimental-use-scheduler-v2",
      "queue-score-weight",
      "kv-cache-score-weight",
      "prefix-cache-score-weight",
      "enable-prefix-cache-scheduling",
      "prefix-cache-hash-block-size",
      "prefix-cache-max-prefix-blocks",
      "prefix-cache-lru-capacity",
      "enable-req-header-based-scheduler-for-testing",
      "sd-queue-depth-threshold",
      "sd-kv-cache-util-threshold",
      "sd-metrics-staleness-threshold",
    ].map((name) => `${environment}${name}`);
    const known = [
      ...Object.values(knobs).flatMap((knob): readonly string[] => knob.annotations),
      ...fixedAnnotations.map(({ annotation }) => annotation),
    ];
    assert.deepEqual(known.filter((name) => name.startsWith(environment)).sort(), names.sort());
  });

  it("switch the comparison of prompts on by either name", () => {
    const strategy = "inference.networking.x-k8s.io/routing-strategy";
    const enable = `${environment}enable-prefix-cache-scheduling`;
    for (const [annotations, enabled] of [
      [{}, false],
      [{ [strategy]: "PREFIX_CACHE" }, true],
      [{ [enable]: "true" }, true],
      [{ [strategy]: "DEFAULT", [enable]: "false" }, false],
    ] as const)
      assert.equal(readPoolAnnotations(annotations).settings.prefix.enabled, enabled, JSON.stringify(annotations));
  });

  it("of others are none of our business", () => {
    assert.deepEqual(readPoolAnnotations({ "example.com/queueing": "x" }).warnings, []);
  });

  it("that configure a picker say that the gateway is to bring it", () => {
    assert.equal(configuresPicker({ [`${environment}experimental-use-queueing`]: "true" }), true);
    assert.equal(configuresPicker({ "antechamber.dev/queueing": "true" }), true);
    assert.equal(configuresPicker({ "example.com/queueing": "true" }), false);
    assert.equal(configuresPicker({ "antechamber.dev/picker-tls": "off" }), false, "that is about an external one");
  });
});

describe("the table of knobs", () => {
  const table: readonly Knob<unknown>[] = Object.values(knobs);

  it("has defaults within their bounds", () => {
    for (const knob of table) assert.notEqual(knob.value.read(knob.default), undefined, knob.annotations[0]);
  });

  it("names no annotation twice", () => {
    const names = [
      ...table.flatMap((knob) => knob.annotations),
      ...fixedAnnotations.map(({ annotation }) => annotation),
    ];
    assert.equal(new Set(names).size, names.length);
  });

  it("is what the reference says, line by line", () => {
    const text = readFileSync(new URL("../../../docs/reference/pool-annotations.md", import.meta.url), "utf8");
    const documented = text.split("\n").filter((line) => line.startsWith("| `"));
    const expected = [
      ...table.map((knob) =>
        row([
          knob.annotations.map(code).join(", "),
          knob.default === "" ? "none" : code(knob.default),
          knob.value.bounds,
          knob.meaning,
        ]),
      ),
      ...fixedAnnotations.map(({ annotation, values, why }) =>
        row([code(annotation), values.map(code).join(", "), why]),
      ),
    ];
    assert.deepEqual(documented, expected);
  });
});

const code = (text: string): string => `\`${text}\``;
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
