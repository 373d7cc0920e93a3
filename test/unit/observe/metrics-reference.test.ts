import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import { ControlMetrics } from "../../../src/app/control/metrics.ts";
import { ServeMetrics } from "../../../src/app/serve/metrics.ts";
import { PickerMetrics } from "../../../src/picker/metrics.ts";
import { XdsMetrics } from "../../../src/xds/metrics.ts";

const page = readFileSync(new URL("../../../docs/reference/metrics.md", import.meta.url), "utf8");

describe("the reference of metrics", () => {
  it("has every series with its type, and no other", async () => {
    const registry = new Registry();
    for (const Series of [ControlMetrics, PickerMetrics, XdsMetrics]) new Series(registry);
    new ServeMetrics(registry, () => true);
    const series = (await registry.getMetricsAsJSON()).map(({ name, type }) => `${name} ${type}`);
    const documented = [...page.matchAll(/^\| (`[^|]*) \| (\w+) \|/gm)].flatMap(([, names = "", type = ""]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => `${name} ${type}`),
    );
    assert.deepEqual(documented.sort(), series.sort());
  });
});
