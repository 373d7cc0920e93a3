import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Ledger } from "../../src/pool/ledger.ts";
import { ModelServer } from "../../src/pool/server.ts";
import { at, makeCharge, makeReading } from "../helpers/make-ask.ts";

const host = fc.nat({ max: 2 });
const id = fc.nat({ max: 20 });
const operation = fc.oneof(
  fc.record({ do: fc.constant("charge" as const), id, host, priority: fc.integer({ min: -1, max: 1 }) }),
  fc.record({ do: fc.constant("end" as const), id }),
  fc.record({ do: fc.constant("running" as const), id, host }),
  fc.record({ do: fc.constant("expire" as const), ms: fc.nat({ max: 4_000 }) }),
  fc.record({ do: fc.constant("read" as const), host, running: fc.nat({ max: 5 }), waiting: fc.nat({ max: 3 }) }),
);

describe("the ledger, under any course of events,", () => {
  test("releases each charge exactly once, and every server's sums with it", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 100 }), (steps) => {
        const servers = [0, 1, 2].map((n) => new ModelServer(`10.0.0.${n}:8000`));
        const byAddress = new Map(servers.map((server) => [server.address, server]));
        let woken = 0;
        const ledger = new Ledger(
          {
            server: (address) => byAddress.get(address) ?? assert.fail(address),
            onRoom: () => {
              woken++;
            },
          },
          { leaseMs: 5_000, lackMs: 2_000 },
        );
        let ms = 1;
        let charged = 0;
        let released = 0;
        for (const step of steps) {
          ms++;
          const known = "id" in step ? ledger.get(`p${step.id}`) : undefined;
          if (step.do === "charge" && known === undefined) {
            ledger.charge(
              servers[step.host] as ModelServer,
              makeCharge(`p${step.id}`, step.priority === 0 ? {} : { priority: step.priority }),
              ms,
            );
            charged++;
          }
          if (step.do === "end") {
            assert.equal(ledger.end(`p${step.id}`), known);
            released += known === undefined ? 0 : 1;
          }
          if (step.do === "running") ledger.running(`p${step.id}`, `10.0.0.${step.host}:8000`, at(ms));
          if (step.do === "expire") released += ledger.expire((ms += step.ms)).length;
          if (step.do === "read") {
            const server = servers[step.host] as ModelServer;
            server.read(makeReading({ running: step.running, waiting: step.waiting }), (ms += 100));
            released += ledger.reconcile(server, ms).length;
          }
          const leases = servers.flatMap((server) => [...server.leases.values()]);
          assert.equal(ledger.size, charged - released);
          assert.deepEqual(
            leases.map((lease) => lease.id).sort(),
            [...new Set(leases.map((lease) => lease.id))].sort(),
          );
          assert.equal(leases.length, ledger.size);
          for (const server of servers) {
            const sum = [-1, 0, 1].reduce((all, priority) => all + server.inFlight(priority), 0);
            assert.equal(sum, server.leases.size);
            assert.ok(server.unstarted >= 0);
          }
        }
        assert.ok(released === 0 || woken > 0, "a release woke nobody");
        for (let n = 0; n <= 20; n++) ledger.end(`p${n}`);
        assert.equal(ledger.size, 0);
        for (const server of servers) assert.deepEqual([...server.priorities], []);
      }),
      { numRuns: 300 },
    );
  });
});
