/** Servers whose metrics are on another port, behind TLS and a credential; the credential is shown nowhere. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { EndpointState } from "../../src/picker/messages.ts";
import { makeCertificate } from "../helpers/certificates.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";

const page = `sglang:num_running_reqs 0
sglang:num_queue_reqs 0
sglang:token_usage 0.0
sglang:cache_config_info{num_pages="90000",page_size="1"} 1.0
`;

describe("a pool with metrics on a port of their own", () => {
  const asked: string[] = [];
  let metrics: Server;
  let gateway: TestGateway;

  before(async () => {
    const { certificate, key } = await makeCertificate({ names: ["localhost"] });
    metrics = createServer({ cert: certificate, key }, ({ url, headers }, response) => {
      asked.push(`${url} ${headers.authorization}`);
      response.end(page);
    });
    await new Promise<void>((resolve) => metrics.listen(0, "127.0.0.1", resolve));
    gateway = await TestGateway.start({
      annotations: {
        "antechamber.dev/metrics-port": `${(metrics.address() as AddressInfo).port}`,
        "antechamber.dev/metrics-path": "/stats",
        "antechamber.dev/metrics-scheme": "https",
        "antechamber.dev/metrics-insecure-skip-verify": "true",
        "antechamber.dev/metrics-credential": "scrape/token",
        "inference.networking.x-k8s.io/model-server-runtime": "sglang",
      },
      files: () => ({ "secret.yaml": secretYaml("canary-one") }),
    });
  });
  after(async () => {
    await gateway?.stop();
    metrics.closeAllConnections();
    metrics.close();
  });

  it("is read there, as what it is, and serves", async () => {
    const [endpoint] = await gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
    assert.equal(endpoint?.kind, "sglang");
    assert.equal(asked.at(-1), "/stats Bearer canary-one");
    assert.equal((await gateway.completion("qwen")).status, 200);
  });

  it("takes another credential at once", async () => {
    gateway.ante.write("secret.yaml", secretYaml("canary-two"));
    await eventually("the new credential", () => (asked.at(-1)?.endsWith(" canary-two") ? true : undefined));
  });

  it("shows the credential in no log, no page of the admin API and no saved state", async () => {
    const shown = [gateway.ante.log(), gateway.ante.stdout.join("\n")];
    for (const path of ["endpoints", "queues", "pools", "decisions", "objects", "gateways", "xds"]) {
      shown.push(await (await fetch(new URL(`/api/v1/${path}`, gateway.ante.admin))).text());
    }
    const state = join(dirname(gateway.ante.dir), "state");
    for (const file of readdirSync(state, { recursive: true, encoding: "utf8" })) {
      const path = join(state, file);
      if (statSync(path).isFile()) shown.push(readFileSync(path, "utf8"));
    }
    assert.ok(shown.length > 9);
    for (const text of shown) assert.doesNotMatch(text, /canary|Y2FuYXJ5/);
  });
});

function secretYaml(token: string): string {
  return `apiVersion: v1\nkind: Secret\nmetadata: {name: scrape}\nstringData: {token: ${token}}\n`;
}
