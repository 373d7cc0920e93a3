/**
 * Each <case>.in.yaml gives <case>.out.yaml: the intermediate model, the pools and the statuses. `UPDATE_GOLDEN=1`
 * writes them anew. A first line "# mode: kubernetes" builds as in a cluster; else as from files.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { noHeaderMutation } from "../../../src/model/ir.ts";
import { createModel } from "../../../src/model/model.ts";
import type { ModelResult, ObjectStatus } from "../../../src/model/result.ts";
import type { Condition } from "../../../src/resources/condition.ts";
import { objectKey } from "../../../src/resources/object.ts";
import { readGoldenInput } from "../../helpers/golden-input.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const folder = import.meta.dirname;
const cases = readdirSync(folder)
  .filter((file) => file.endsWith(".in.yaml"))
  .map((file) => file.slice(0, -".in.yaml".length))
  .sort();

describe("the model of", () => {
  for (const name of cases) {
    it(`${name.replaceAll("-", " ")} is as written down`, async () => {
      const input = await readGoldenInput(new URL(`${name}.in.yaml`, import.meta.url));
      const model = createModel({
        controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
        mode: input.startsWith("# mode: kubernetes") ? "kubernetes" : "files",
      });
      const output = toYaml(model.build(resourcesFromYaml(input)));
      const outputFile = join(folder, `${name}.out.yaml`);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(outputFile, output);
      assert.equal(output, readFileSync(outputFile, "utf8"));
    });
  }
});

function toYaml({ ir, pools, statuses }: ModelResult): string {
  const content = {
    ir: Object.fromEntries(ir),
    pools: Object.fromEntries(pools),
    statuses: Object.fromEntries(statuses.map(statusLines)),
  };
  return stringify(JSON.parse(JSON.stringify(content, shortened)), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** Of certificates. */
const madeAnew = new Set(["digest", "chain", "notBeforeMs", "notAfterMs"]);

/** Maps as objects, origins as one line, and no header mutation that is empty. */
function shortened(key: string, value: unknown): unknown {
  if (key === "secrets" && value instanceof Map && value.size === 0) return undefined;
  if (value instanceof Map) return Object.fromEntries(value);
  if (madeAnew.has(key)) return "(made anew in each run)";
  if (typeof value !== "object" || value === null) return value;
  if (isDeepStrictEqual(value, noHeaderMutation)) return undefined;
  return "fieldPath" in value ? Object.values(value).join("/") : value;
}

/** Conditions as "Accepted=True Accepted (generation 1): message", so that a case reads like a list. */
function statusLines({ ref, body }: ObjectStatus): readonly [string, unknown] {
  const lines = (conditions: readonly Condition[]): readonly string[] =>
    conditions.map(
      ({ type, status, reason, message, observedGeneration }) =>
        `${type}=${status} ${reason} (generation ${observedGeneration}): ${message}`,
    );
  const name = `${objectKey(ref)} ${ref.group}`;
  switch (body.kind) {
    case "conditions":
      return [name, lines(body.conditions)];
    case "gateway":
      return [
        name,
        {
          conditions: lines(body.conditions),
          listeners: body.listeners.map((listener) => ({ ...listener, conditions: lines(listener.conditions) })),
        },
      ];
    case "parents":
      return [name, body.parents.map((parent) => ({ ...parent, conditions: lines(parent.conditions) }))];
    case "ancestors":
      return [name, body.ancestors.map((ancestor) => ({ ...ancestor, conditions: lines(ancestor.conditions) }))];
  }
}
