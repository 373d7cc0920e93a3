import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decisionTable } from "../../../src/admin/decision-table.ts";
import { statusTable } from "../../../src/admin/status-table.ts";
import { formatBytes, formatMs, formatTable } from "../../../src/admin/table.ts";
import { poolTable, proxyTable, queueTable } from "../../../src/admin/tables.ts";

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

describe("formatTable()", () => {
  it("aligns columns, numbers to the right, and marks what is absent", () => {
    const rows = [
      { name: "a", count: 5, share: "7%" },
      { name: "longer", count: 1_000, share: undefined },
    ];
    assert.equal(
      formatTable(
        [
          { head: "NAME", cell: ({ name }) => name },
          { head: "COUNT", cell: ({ count }) => count },
          { head: "SHARE", cell: ({ share }) => share },
        ],
        rows,
      ),
      lines("NAME    COUNT  SHARE", "a           5     7%", "longer   1000      -"),
    );
  });

  it("lets no cell break the line or command the terminal", () => {
    const text = formatTable([{ head: "X", cell: (row: string) => row }], ["a\n\u001b[31mb"]);
    assert.equal(text, lines("X", "a [31mb"));
  });

  it("shows its heads where there are no rows", () => {
    assert.equal(formatTable([{ head: "A", cell: () => 1 }], []), lines("A"));
  });
});

describe("quantities for people", () => {
  it("are spelled in units that fit", () => {
    assert.deepEqual([350, 4_230, 192_000, 3_900_000].map(formatMs), ["350ms", "4.2s", "3m12s", "1h05m"]);
    assert.deepEqual([0, 1_023, 1_536, 300 * 2 ** 20, 5 * 2 ** 40].map(formatBytes), [
      ...["0B", "1023B", "1.5KiB", "300MiB", "5120GiB"],
    ]);
  });
});

describe("the tables of the admin API", () => {
  it("show a queue's levels, and a queue without any", () => {
    const queue = {
      ...({ pool: "v1/default/p", queueing: true, admission: "headroom", saturated: false } as const),
      ...{ waiting: 3, waitingBytes: 2_048, limits: { requests: 10, bytes: 100 }, outcomes: {} },
    };
    const bands = [{ priority: 1, waiting: 3, bytes: 2_048, oldestWaitMs: 61_000 }];
    assert.equal(
      queueTable([
        { ...queue, bands },
        { ...queue, pool: "v1/default/quiet", queueing: false, bands: [] },
      ]),
      lines(
        "POOL              ADMISSION  SATURATED  PRIORITY  WAITING   BYTES  OLDEST  LIMIT",
        "v1/default/p      headroom   no                1        3  2.0KiB   1m01s     10",
        "v1/default/quiet  no queue   no                -        0      0B       -     10",
      ),
    );
  });

  it("show a proxy's state per type with its age, and its last refusal", () => {
    assert.equal(
      proxyTable([
        {
          ...{ nodeId: "n", gateway: "default/g", connected: true, version: "1.40.0" },
          ...{ acknowledgedSequence: 3, sequence: 4 },
          types: [{ type: "route", state: "NACKED", resources: 2, ageMs: 1_500, lastError: "no such cluster" }],
        },
        { nodeId: "m", gateway: "default/g", connected: false, types: [] },
      ]),
      lines(
        "PROXY  GATEWAY    ENVOY          ACKED  ROUTE            PROBLEM",
        "n      default/g  1.40.0         3/4    NACKED 2 (1.5s)  no such cluster",
        "m      default/g  not connected  -      -                -",
      ),
    );
  });

  it("show a line per condition, with the part of the object that it is about", () => {
    const condition = (type: string) => ({ type, status: "True", reason: type, message: "Fine" });
    const of = { group: "g", namespace: "default", generation: 1 };
    assert.equal(
      statusTable([
        {
          ...{ ...of, kind: "Gateway", name: "g" },
          status: {
            conditions: [condition("Accepted")],
            listeners: [{ name: "http", conditions: [condition("Programmed")] }],
          },
        },
        {
          ...{ ...of, kind: "HTTPRoute", name: "r" },
          status: {
            parents: [{ parentRef: { name: "g", sectionName: "http" }, conditions: [condition("Accepted")] }],
          },
        },
        { ...of, namespace: "", kind: "GatewayClass", name: "c", status: { conditions: [] } },
      ]),
      lines(
        "KIND          OBJECT     FOR     CONDITION   STATUS  REASON      MESSAGE",
        "Gateway       default/g  -       Accepted    True    Accepted    Fine",
        "Gateway       default/g  http    Programmed  True    Programmed  Fine",
        "HTTPRoute     default/r  g/http  Accepted    True    Accepted    Fine",
        "GatewayClass  c          -       -           -       -           -",
      ),
    );
  });

  it("show pools with their models and settings", () => {
    const text = poolTable([
      {
        pool: "v1/default/p",
        picker: { by: "built-in", why: "none is referenced" },
        settings: [{ name: "holdBack", value: "0.5", from: "antechamber.dev/hold-back" }],
        models: [{ name: "m", priority: -1, targets: [{ name: "m-v1", weight: 9 }] }],
        endpoints: { ready: 2, ejected: 1 },
        waiting: 0,
      },
    ]);
    assert.match(text, /built-in +none is referenced +0 +ready=2,ejected=1 +m\n/);
    assert.match(text, /m +-1 +m-v1=9\n/);
    assert.match(text, /holdBack +0.5 +antechamber.dev\/hold-back\n/);
  });

  it("show a decision with what it waited for and what was said of each server", () => {
    const text = decisionTable({
      decided: 2,
      sampled: 1,
      decisions: [
        {
          ...{ timeMs: 0, requestId: "id", pool: "v1/default/p", model: "a\nb", target: "b", priority: 0 },
          ...{ outcome: "placed", waitedMs: 1_500, waitedFor: { "no-room": 1_500, "held-back": 0 } },
          endpoints: ["10.0.0.1:8000"],
          servers: [
            { address: "10.0.0.1:8000", verdict: "picked", load: 0.5, scores: { queue: 1 }, score: 1, inFlight: 3 },
            { address: "10.0.0.2:8000", verdict: "no-room", inFlight: 12 },
          ],
        },
      ],
    });
    assert.equal(
      text,
      lines(
        "2 decisions, 1 of them sampled, the newest first",
        "",
        "1970-01-01T00:00:00.000Z  placed  model a b (b)  priority 0  pool v1/default/p  waited 1.5s for no-room 1.5s  request id",
        "  SERVER         VERDICT  LOAD  SCORE  SCORES      IN FLIGHT",
        "  10.0.0.1:8000  picked    50%   1.00  queue=1.00          3",
        "  10.0.0.2:8000  no-room     -      -  -                  12",
      ),
    );
  });
});
