import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Resource } from "../../../src/resources/admit.ts";
import { storeKey } from "../../../src/resources/references.ts";
import { Holdings } from "../../../src/sources/files/holdings.ts";
import { admitYaml, objectOf } from "../../helpers/parse-yaml.ts";

const service = (name: string): Resource =>
  objectOf(admitYaml(`{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {ports: [{port: 80}]}}`));

suite("holdings", () => {
  const [a, b] = [service("a"), service("b")];
  const [keyA, keyB] = [storeKey(a), storeKey(b)];

  test("are found by file, and no other file's with them", () => {
    const holdings = new Holdings();
    holdings.set({ file: "one.yaml", object: a });
    holdings.set({ file: "two.yaml", object: b });
    assert.deepEqual(holdings.keysOf("one.yaml"), [keyA]);
    assert.deepEqual(holdings.keysOf("none.yaml"), []);
    assert.deepEqual([...holdings.all.keys()], [keyA, keyB]);
  });

  test("change hands with their object", () => {
    const holdings = new Holdings();
    holdings.set({ file: "one.yaml", object: a });
    holdings.set({ file: "two.yaml", object: a });
    assert.deepEqual(holdings.keysOf("one.yaml"), []);
    assert.deepEqual(holdings.keysOf("two.yaml"), [keyA]);
    assert.equal(holdings.get(keyA)?.file, "two.yaml");
  });

  test("are gone from their file once deleted", () => {
    const holdings = new Holdings();
    holdings.set({ file: "one.yaml", object: a });
    holdings.set({ file: "one.yaml", object: b });
    holdings.delete(keyA);
    holdings.delete(keyA);
    assert.deepEqual(holdings.keysOf("one.yaml"), [keyB]);
    assert.equal(holdings.get(keyA), undefined);
  });
});
