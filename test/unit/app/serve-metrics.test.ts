import assert from "node:assert/strict";
import { it } from "node:test";
import { Registry } from "prom-client";
import { ServeMetrics } from "../../../src/app/serve/metrics.ts";

it("the metrics of a replica say whether it owns at the moment, and how its status writes ended", async () => {
  const registry = new Registry();
  let isOwner = false;
  const metrics = new ServeMetrics(registry, () => isOwner);
  metrics.wrote("Gateway", "written");
  metrics.wrote("HTTPRoute", "outdated");
  metrics.wrote("HTTPRoute", "outdated");
  const text = await registry.metrics();
  assert.match(text, /^antechamber_owner 0$/m);
  assert.match(text, /^antechamber_status_writes_total\{kind="Gateway",outcome="written"\} 1$/m);
  assert.match(text, /^antechamber_status_writes_total\{kind="HTTPRoute",outcome="outdated"\} 2$/m);
  isOwner = true;
  assert.match(await registry.metrics(), /^antechamber_owner 1$/m);
});
