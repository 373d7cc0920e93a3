import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { routes } from "../../../src/admin/routes.ts";

const reference = readFileSync(new URL("../../../docs/reference/admin-api.md", import.meta.url), "utf8");

describe("the reference of the admin API", () => {
  it("has every path with its parameters, and no other", () => {
    const documented = [...reference.matchAll(/^\| `(\/[^`]*)` \|/gm)].map(([, path]) => path);
    assert.deepEqual(documented.sort(), [...routes.map(({ path }) => path), "/livez"].sort());
    for (const { path, query = {} } of routes) {
      const line = reference.split("\n").find((each) => each.startsWith(`| \`${path}\` |`)) ?? "";
      for (const name of Object.keys(query)) assert.ok(line.includes(`\`${name}\``), `${path} lacks ${name}`);
    }
  });
});
