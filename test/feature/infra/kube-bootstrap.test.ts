import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { plan } from "../../../src/infra/kube/objects.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../src/lib/json.ts";
import { type EnvoyProxySpec, noEnvoyProxy } from "../../../src/model/envoy-proxy-spec.ts";
import { makeCertificate } from "../../helpers/certificates.ts";
import { envoyForTests } from "../../helpers/envoy.ts";
import { makeInfrastructure, makeSettings } from "../../helpers/make-infrastructure.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ante-"));
  const { certificate, key } = await makeCertificate({ names: ["a.example.com"] });
  const files = { "tls.crt": certificate, "tls.key": key, "ca.crt": certificate };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});

after(() => rm(folder, { recursive: true, force: true }));

/** What a container of the Deployment runs, its files in the test's folder. */
async function prepared(proxy: Partial<EnvoyProxySpec>): Promise<readonly string[]> {
  const infrastructure = makeInfrastructure({ proxy: { ...noEnvoyProxy, ...proxy } });
  const planned = plan(infrastructure, makeSettings());
  assert.equal(planned.kind, "objects");
  const objects = planned.kind === "objects" ? planned.objects : [];
  const { data } = objects.find(({ kind }) => kind === "ConfigMap") as unknown as {
    readonly data: Record<string, string>;
  };
  for (const [name, content] of Object.entries(data)) await writeFile(join(folder, name), inFolder(content));
  const container = at(
    objects.find(({ kind }) => kind === "Deployment"),
    "spec",
    "template",
    "spec",
    "containers",
    "0",
  );
  const args = (container as { readonly args: readonly string[] }).args;
  return args.map((arg) => inFolder(arg).replaceAll(/\$\([A-Z_]+\)/g, "x"));
}

function inFolder(text: string): string {
  return text.replaceAll('"/certs', `"${folder}`).replaceAll('"/sds', `"${folder}`);
}

function at(value: JsonObject | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) =>
      isJsonObject(inner) ? inner[key] : Array.isArray(inner) ? (inner[Number(key)] as Json) : undefined,
    value,
  );
}

async function validate(proxy: Partial<EnvoyProxySpec>): Promise<string> {
  const args = ["--mode", "validate", ...(await prepared(proxy))];
  const { stdout } = await promisify(execFile)(await envoyForTests(), args);
  return stdout;
}

const heapLimit: EnvoyProxySpec["provider"] = {
  type: "Kubernetes",
  kubernetes: { envoyDeployment: { container: { resources: { limits: { memory: "1Gi" } } } } },
};

describe("what Envoy is started with in a Pod", () => {
  const cases: Readonly<Record<string, Partial<EnvoyProxySpec>>> = {
    "without an EnvoyProxy": {},
    "with a limit of memory, levels and threads": {
      provider: heapLimit,
      concurrency: 2,
      logging: { level: { default: "info", upstream: "debug" } },
    },
    "with a bootstrap merged in either spelling": {
      bootstrap: { type: "Merge", value: "statsConfig: { use_all_default_tags: true }" },
    },
  };
  for (const [name, proxy] of Object.entries(cases)) {
    it(`is valid ${name}`, async () => assert.match(await validate(proxy), /OK/));
  }
});
