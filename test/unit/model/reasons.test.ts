import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { createModel, type ModelOptions } from "../../../src/model/model.ts";
import type { ObjectStatus } from "../../../src/model/result.ts";
import type { Condition } from "../../../src/resources/condition.ts";
import { reasons } from "../../../src/resources/reasons.ts";
import { readGoldenInput } from "../../helpers/golden-input.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const cases = new URL("../../golden/model/", import.meta.url);
const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = reasons;
const sections: Readonly<Record<string, string>> = { HTTPRoute: "Route", BackendTrafficPolicy: "Policy" };

describe("the table of reasons", () => {
  it("has every condition that the golden cases give", async () => {
    const missing = new Set<string>();
    for (const file of readdirSync(cases).filter((name) => name.endsWith(".in.yaml"))) {
      const resources = resourcesFromYaml(await readGoldenInput(new URL(file, cases)));
      for (const mode of ["files", "kubernetes"] satisfies ModelOptions["mode"][]) {
        const model = createModel({ controllerName: "gateway.envoyproxy.io/gatewayclass-controller", mode });
        for (const [section, { type, reason }] of model.build(resources).statuses.flatMap(conditionsOf)) {
          if (!table[section]?.[type]?.includes(reason)) missing.add(`${section} ${type} ${reason}`);
        }
      }
    }
    assert.deepEqual([...missing], []);
  });
});

function conditionsOf({ ref, body }: ObjectStatus): readonly (readonly [string, Condition])[] {
  const section = sections[ref.kind] ?? ref.kind;
  const of = (name: string, conditions: readonly Condition[]) => conditions.map((one) => [name, one] as const);
  switch (body.kind) {
    case "conditions":
      return of(section, body.conditions);
    case "gateway":
      return [
        ...of(section, body.conditions),
        ...body.listeners.flatMap(({ conditions }) => of("Listener", conditions)),
      ];
    case "parents":
      return body.parents.flatMap(({ conditions }) => of(section, conditions));
    case "ancestors":
      return body.ancestors.flatMap(({ conditions }) => of(section, conditions));
  }
}
