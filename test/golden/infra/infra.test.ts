/** Each <case>.in.yaml gives <case>.out.yaml: the objects of a Gateway's proxies. `UPDATE_GOLDEN=1` writes them anew. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { plan } from "../../../src/infra/kube/objects.ts";
import { type EnvoyProxySpec, noEnvoyProxy } from "../../../src/model/envoy-proxy-spec.ts";
import type { InfrastructureIr } from "../../../src/model/infrastructure.ts";
import { makeInfrastructure, makeSettings } from "../../helpers/make-infrastructure.ts";

const folder = import.meta.dirname;
const cases = readdirSync(folder)
  .filter((file) => file.endsWith(".in.yaml"))
  .map((file) => file.slice(0, -".in.yaml".length))
  .sort();

const settings = makeSettings();

describe("the objects of", () => {
  for (const name of cases) {
    it(`${name.replaceAll("-", " ")} are as written down`, () => {
      const planned = plan(readCase(name), settings);
      const output =
        planned.kind === "hold"
          ? stringify(planned)
          : planned.objects.map((object) => stringify(readable(object), { lineWidth: 0 })).join("---\n");
      const outputFile = join(folder, `${name}.out.yaml`);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(outputFile, output);
      assert.equal(output, readFileSync(outputFile, "utf8"));
    });
  }
});

function readCase(name: string): InfrastructureIr {
  const text = readFileSync(join(folder, `${name}.in.yaml`), "utf8");
  const { gateway, proxy, ...given } = parse(text) as Partial<InfrastructureIr> & { readonly gateway: string };
  return makeInfrastructure({ ...given, key: gateway, proxy: { ...noEnvoyProxy, ...(proxy as EnvoyProxySpec) } });
}

/** JSON inside of strings, as Envoy's bootstrap, is shown as what it is. */
function readable(object: unknown): unknown {
  const shown = (_: string, value: unknown): unknown =>
    typeof value === "string" && value.startsWith("{") ? { "(json)": JSON.parse(value) as unknown } : value;
  return JSON.parse(JSON.stringify(object, shown));
}
