import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MatchIr } from "../../../src/model/ir.ts";
import { mayMeet } from "../../../src/model/path-overlap.ts";

function match(type: MatchIr["path"]["type"], value: string, method?: string): MatchIr {
  return { path: { type, value }, headers: [], query: [], ...(method === undefined ? {} : { method }) };
}

describe("two matches may meet", () => {
  const cases: readonly (readonly [MatchIr, MatchIr, boolean])[] = [
    [match("exact", "/a"), match("exact", "/a"), true],
    [match("exact", "/a"), match("exact", "/b"), false],
    [match("exact", "/a/b"), match("prefix", "/a"), true],
    [match("exact", "/ab"), match("prefix", "/a"), false],
    [match("exact", "/v1/x"), match("regex", "/v[0-9]/.*"), true],
    [match("exact", "/v1"), match("regex", "/v[0-9]/.*"), false],
    [match("prefix", "/a"), match("prefix", "/a/b"), true],
    [match("prefix", "/a"), match("prefix", "/ab"), false],
    [match("prefix", "/"), match("prefix", "/ab"), true],
    [match("prefix", "/a"), match("regex", "/z"), true],
    [match("exact", "/a", "GET"), match("exact", "/a", "POST"), false],
    [match("exact", "/a", "GET"), match("exact", "/a"), true],
  ];
  for (const [a, b, expected] of cases) {
    const say = ({ path, method = "any" }: MatchIr): string => `${method} ${path.type} ${path.value}`;
    it(`${say(a)} and ${say(b)}: ${expected}`, () => {
      assert.equal(mayMeet(a, b), expected);
      assert.equal(mayMeet(b, a), expected);
    });
  }
});
