import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ChangedObject, Effects } from "../../../src/app/control/effects.ts";
import { type LogFields, silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

function setUp() {
  const lines: string[] = [];
  const clock = new FakeClock();
  const log = { ...silentLog, info: (fields: LogFields) => void lines.push(fields.text ?? "") };
  const held = new Set<string>();
  const isHeld = ({ name }: { readonly name: string }) => held.has(name);
  const effects = new Effects({ clock, log, describe: () => "1 rule", isHeld });
  return { lines, clock, effects, held };
}

const route = (name: string): ChangedObject => ({
  ref: { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "default", name },
  change: "changed",
});
const progress = (connected: number, acked: number) =>
  new Map([["default/gw", { connected, acknowledged: (sequence: number) => (acked >= sequence ? connected : 0) }]]);

describe("Effects", () => {
  it("tells of a change once every connected proxy has acknowledged it", () => {
    const { lines, clock, effects } = setUp();
    effects.noted(route("llm-route"));
    effects.published(new Map([["default/gw", 7]]), progress(1, 6));
    assert.deepEqual(lines, []);
    clock.advance(38);
    effects.acknowledged(progress(1, 7));
    assert.deepEqual(lines, ["route default/llm-route: 1 rule, effective on 1/1 proxies in 38 ms"]);
  });

  it("tells of it once", () => {
    const { lines, effects } = setUp();
    effects.noted(route("a"));
    effects.published(new Map([["default/gw", 7]]), progress(1, 7));
    effects.acknowledged(progress(1, 8));
    assert.equal(lines.length, 1);
  });

  it("waits while no proxy is connected", () => {
    const { lines, effects } = setUp();
    effects.noted(route("a"));
    effects.published(new Map([["default/gw", 7]]), progress(0, 0));
    assert.deepEqual(lines, []);
    effects.acknowledged(progress(2, 7));
    assert.match(lines[0] ?? "", /2\/2 proxies/);
  });

  it("says so where no proxy is affected", () => {
    const { lines, effects } = setUp();
    effects.noted(route("a"));
    effects.published(new Map(), progress(1, 7));
    assert.match(lines[0] ?? "", /no proxy is affected/);
  });

  it("says nothing of an object that proxies refused: its condition does", () => {
    const { lines, effects, held } = setUp();
    held.add("bad");
    effects.noted(route("bad"));
    effects.noted(route("good"));
    effects.published(new Map([["default/gw", 7]]), progress(1, 7));
    assert.deepEqual(lines, ["route default/good: 1 rule, effective on 1/1 proxies in 0 ms"]);
  });

  it("tells of many objects in one line", () => {
    const { lines, effects } = setUp();
    for (const name of ["a", "b", "c", "d", "e", "f"]) effects.noted(route(name));
    effects.published(new Map([["default/gw", 7]]), progress(1, 7));
    assert.deepEqual(lines, ["6 objects: effective on 1/1 proxies in 0 ms"]);
  });
});
