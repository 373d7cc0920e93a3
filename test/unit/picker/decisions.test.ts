import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DecisionLog, decisionOf } from "../../../src/picker/decisions.ts";
import type { Decision } from "../../../src/picker/messages.ts";
import type { Settled } from "../../../src/picker/placing.ts";
import { at, makeAsk } from "../../helpers/make-ask.ts";

const waitedFor = { "no-ready-server": 0, "no-room": 0, "held-back": 0 };
const refused: Settled = {
  ask: makeAsk("request-1"),
  trace: undefined,
  outcome: { kind: "refused", reason: "queue-full" },
  waitedFor,
  now: at(0),
};
const decision = (requestId: string): Decision => ({ ...decisionOf(refused), requestId });

describe("DecisionLog", () => {
  test("keeps the last so many, and shows the newest first", () => {
    const log = new DecisionLog({ size: 3, perSecond: 1, burst: 1 });
    for (const id of ["a", "b", "c", "d"]) log.add(decision(id));
    const ids = (limit: number) => log.page(limit).decisions.map(({ requestId }) => requestId);
    assert.deepEqual(ids(10), ["d", "c", "b"]);
    assert.deepEqual(ids(2), ["d", "c"]);
    assert.deepEqual(ids(0), []);
  });

  test("samples all of a few requests, and so many per second of many", () => {
    const log = new DecisionLog({ size: 100, perSecond: 10, burst: 5 });
    const sampled = (fromMs: number, everyMs: number, count: number): number =>
      Array.from({ length: count }, (_, i) => log.wants(fromMs + i * everyMs)).filter(Boolean).length;
    assert.equal(sampled(0, 1_000, 5), 5);
    const ofThousand = sampled(10_000, 1, 1_000);
    assert.ok(ofThousand >= 13 && ofThousand <= 16, String(ofThousand));
    assert.deepEqual({ ...log.page(0) }, { decided: 1_005, sampled: 5 + ofThousand, decisions: [] });
  });
});

describe("decisionOf()", () => {
  test("tells of a refusal without servers", () => {
    const { outcome, servers, endpoints, waitedMs } = decisionOf(refused);
    assert.deepEqual(
      { outcome, servers, endpoints, waitedMs },
      {
        ...{ outcome: "refused-queue-full", servers: [], endpoints: [], waitedMs: 0 },
      },
    );
  });
});
