import assert from "node:assert/strict";
import { test } from "node:test";
import { isAccepted } from "../../bench/routes/kube/followed-routes.ts";
import { effectsOf } from "../../bench/routes/kube/toggles.ts";

const answer = (sentMs: number, answeredMs: number, body: string) => ({ sentMs, answeredMs, status: 200, body });

test("a toggle's effect is the first answer that shows it, of those that were asked for after it", () => {
  const toggles = [
    { atMs: 100, body: "after" },
    { atMs: 300, body: "before" },
  ];
  const answers = [
    answer(95, 99, "before"),
    answer(110, 112, "before"),
    answer(140, 150, "after"),
    answer(120, 145, "after"),
    answer(305, 306, "after"),
    answer(310, 320, "before"),
  ];
  assert.deepEqual(effectsOf(toggles, answers), { ms: [45, 20], overtaken: 0 });
});

test("an answer shows no toggle while the one before it is not in effect", () => {
  const toggles = [
    { atMs: 100, body: "after" },
    { atMs: 300, body: "before" },
    { atMs: 500, body: "after" },
  ];
  const late = [answer(90, 91, "before"), answer(110, 111, "before"), answer(310, 311, "before")];
  assert.deepEqual(effectsOf(toggles, late).ms, []);
  const then = [...late, answer(320, 321, "after"), answer(330, 340, "before"), answer(510, 520, "after")];
  assert.deepEqual(effectsOf(toggles, then), { ms: [40, 20], overtaken: 1 });
});

test("a toggle that nobody saw before the next one is overtaken", () => {
  const toggles = [
    { atMs: 100, body: "after" },
    { atMs: 300, body: "before" },
  ];
  assert.deepEqual(
    effectsOf(toggles, [answer(90, 91, "before"), answer(310, 311, "after"), answer(320, 330, "before")]),
    {
      ms: [30],
      overtaken: 1,
    },
  );
});

test("a route is Accepted where a parent says so", () => {
  const route = (status?: unknown) => ({ apiVersion: "v1", kind: "HTTPRoute", metadata: { name: "a" }, status });
  const parent = (type: string, status: string) => ({ parents: [{ conditions: [{ type, status }] }] });
  assert.equal(isAccepted(route(parent("Accepted", "True"))), true);
  assert.equal(isAccepted(route(parent("Accepted", "False"))), false);
  assert.equal(isAccepted(route(parent("ResolvedRefs", "True"))), false);
  assert.equal(isAccepted(route()), false);
});
