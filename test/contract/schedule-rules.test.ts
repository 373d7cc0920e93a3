/** What every admission rule promises, run on each of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AdmissionRule } from "../../src/picker/schedule/rule.ts";
import { HeadroomRule } from "../../src/picker/schedule/rule-headroom.ts";
import { utilizationRule } from "../../src/picker/schedule/rule-utilization.ts";
import { Ledger } from "../../src/pool/ledger.ts";
import { ModelServer } from "../../src/pool/server.ts";
import { makeCharge, makeReading, makeServer } from "../helpers/make-ask.ts";

const settings = {
  queueDepthThreshold: 5,
  kvCacheUtilThreshold: 0.8,
  metricsStalenessMs: 200,
  maxConcurrency: 0,
};

const rules: readonly { readonly name: string; readonly create: (maxConcurrency: number) => AdmissionRule }[] = [
  { name: "utilization", create: (maxConcurrency) => utilizationRule({ ...settings, maxConcurrency }) },
  {
    name: "headroom",
    create: (maxConcurrency) =>
      new HeadroomRule({ ...settings, maxConcurrency }, utilizationRule({ ...settings, maxConcurrency })),
  },
];

/** How many requests the rule lets in before it says no, at most `most`. */
function fill(rule: AdmissionRule, server: ModelServer, most = 1_000): number {
  const ledger = new Ledger({ server: () => server, onRoom() {} }, { leaseMs: 60_000, lackMs: 5_000 });
  for (let i = 0; i < most; i++) {
    const charge = makeCharge(`p${i}`);
    if (rule.load(server, charge, 1) === undefined) return i;
    ledger.charge(server, charge, 1);
  }
  return most;
}

for (const { name, create } of rules) {
  describe(`an admission rule (${name})`, () => {
    test("lets a request into an idle server", () => {
      assert.ok(create(0).load(makeServer(), makeCharge("p"), 1) !== undefined);
    });

    test("says no while the server's own queue is long", () => {
      const server = makeServer(1, makeReading({ waiting: 50, running: 10, kvCacheUtil: 0.3 }));
      assert.equal(create(0).load(server, makeCharge("p"), 1), undefined);
    });

    test("counts requests that only the reading knows towards the bound, as after a restart of the picker", () => {
      const server = makeServer(1, makeReading({ running: 2 }));
      assert.equal(create(2).load(server, makeCharge("p"), 1), undefined);
    });

    test("says no while the KV cache is full", () => {
      const server = makeServer(1, makeReading({ running: 10, kvCacheUtil: 0.99 }));
      assert.equal(create(0).load(server, makeCharge("p"), 1), undefined);
    });

    test("counts what was sent at once: one good reading brings no herd", () => {
      const admitted = fill(create(0), makeServer());
      assert.ok(admitted >= 1 && admitted <= 8, `${admitted} were admitted`);
    });

    test("still lets some in where readings have failed since, and never without end", () => {
      const server = makeServer();
      const rule = create(0);
      const ledger = new Ledger({ server: () => server, onRoom() {} }, { leaseMs: 60_000, lackMs: 5_000 });
      let admitted = 0;
      while (admitted < 1_000 && rule.load(server, makeCharge(`p${admitted}`), 60_000) !== undefined) {
        ledger.charge(server, makeCharge(`p${admitted++}`), 60_000);
      }
      assert.ok(admitted >= 1 && admitted <= 16, `${admitted} were admitted`);
    });

    test("keeps a server that is no vLLM under the concurrency limit, by the ledger alone", () => {
      const server = new ModelServer("10.0.0.1:8000");
      server.setState("ready");
      server.read(undefined, 0);
      assert.equal(fill(create(3), server), 3);
    });

    test("has no limit for a server that is no vLLM where none is set", () => {
      const server = new ModelServer("10.0.0.1:8000");
      server.read(undefined, 0);
      assert.equal(fill(create(0), server, 500), 500);
    });

    test("keeps a vLLM under the concurrency limit too", () => {
      assert.equal(fill(create(1), makeServer()), 1);
    });

    test("sees more load where more is charged", () => {
      const [rule, server] = [create(0), makeServer()];
      const before = rule.load(server, makeCharge("p"), 1) as number;
      fill(rule, server, 1);
      const after = rule.load(server, makeCharge("q"), 1) as number;
      assert.ok(after > before, `${after} after ${before}`);
    });
  });
}
