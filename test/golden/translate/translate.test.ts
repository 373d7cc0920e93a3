/** `ante translate` on files that are partly wrong. UPDATE_GOLDEN=1 writes the expected output anew. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../src/app/main.ts", import.meta.url));
const folder = fileURLToPath(new URL(".", import.meta.url));
const scenario = fileURLToPath(new URL("../../../manifests/examples/scenario", import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly problems: string;
}

function ante(args: readonly string[], input = ""): Promise<Ran> {
  const child = spawn(process.execPath, [main, "translate", ...args], { cwd: folder, stdio: "pipe" });
  let out = "";
  let problems = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (out += piece));
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (problems += piece));
  child.stdin.end(input);
  return new Promise((done) => child.once("close", (code) => done({ code, out, problems })));
}

describe("ante translate", () => {
  it("shows the status of each object and names the lines that are wrong", async () => {
    const { code, out, problems } = await ante(["mistakes.in.yaml"]);
    assert.equal(code, 1);
    const told = `# ante translate mistakes.in.yaml\n# exit 1\n\n# standard error\n${problems}\n# standard output\n${out}`;
    const file = new URL("./mistakes.out.txt", import.meta.url);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, told);
    assert.equal(told, readFileSync(file, "utf8"));
  });

  it("shows Envoy's configuration, whatever else is wrong", async () => {
    const { code, out } = await ante(["mistakes.in.yaml", "-r", "xds", "-o", "json"]);
    assert.equal(code, 1);
    const [gateway] = JSON.parse(out) as readonly {
      readonly gateway: string;
      readonly configs: readonly { readonly "@type": string }[];
    }[];
    assert.equal(gateway?.gateway, "default/gateway");
    assert.deepEqual(
      gateway.configs.map((config) => config["@type"].split(".").at(-1)),
      ["ClustersConfigDump", "EndpointsConfigDump", "ListenersConfigDump", "RoutesConfigDump"],
    );
    assert.match(out, /"port_value": 8000/);
  });

  it("shows no credential in any of its forms", async () => {
    for (const form of ["yaml", "json"]) {
      const { out, problems } = await ante(["mistakes.in.yaml", "-r", "all", "-o", form]);
      assert.match(out, /gatewayclass-controller/);
      assert.doesNotMatch(out + problems, /canary|Y2FuYXJ5/);
      assert.match(out, /redacted/);
    }
  });

  it("ends well where there are warnings alone", async () => {
    const { code, problems } = await ante([scenario]);
    assert.equal(code, 0, problems);
    assert.match(problems, /inference-pool\.yaml:\d+:1: warning: InferencePool default\/qwen-pool/);
  });

  it("reads the standard input", async () => {
    const { code, out, problems } = await ante(["-"], "kind: Gateway\napiVersion: gateway.networking.k8s.io/v1\n");
    assert.equal(code, 1);
    assert.match(problems, /^<stdin>:1:1: rejected/);
    assert.equal(out, "[]\n");
  });

  it("says which path it cannot read", async () => {
    const { code, problems } = await ante(["no-such.yaml"]);
    assert.equal(code, 64);
    assert.match(problems, /^ante: Cannot read .*no-such\.yaml/);
  });
});
