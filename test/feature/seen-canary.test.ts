/**
 * What must be seen by nobody: a certificate's key, credentials in headers of clients and of routes, prompts and
 * answers. Each is a canary here, and everything that the program shows or writes is searched for all of them.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeCertificate, tlsSecret } from "../helpers/certificates.ts";
import { Collector } from "../helpers/collector.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";

const canaries = {
  prompt: "canary-prompt-Zq7",
  answer: "canary-answer-Zq7",
  "client's credential": "canary-client-token-Zq7",
  "client's cookie": "canary-cookie-Zq7",
  "route's credential": "canary-route-token-Zq7",
  "match on a credential": "canary-match-token-Zq7",
} as const;

describe("what nobody sees", () => {
  let collector: Collector;
  let gateway: TestGateway;
  let secrets: Readonly<Record<string, string>>;

  before(async () => {
    collector = await Collector.start();
    const certificate = await makeCertificate({ names: ["secret.test"] });
    const keyLine = certificate.key.split("\n")[1] ?? "";
    assert.ok(keyLine.length >= 60);
    secrets = { ...canaries, "private key": keyLine, "private key in base64": base64Part(certificate.key) };
    const httpsPort = await freePort();
    gateway = await TestGateway.start({
      servers: 2,
      stub: { answerAtOnce: true },
      annotations: { "antechamber.dev/token-usage": "true" },
      args: ["--otlp-endpoint", collector.url, "--log-level", "debug", "--access-log", "stdout"],
      files: () => ({
        "https.yaml": yaml(
          tlsSecret("certificate", certificate),
          {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "Gateway",
            metadata: { name: "https" },
            spec: {
              gatewayClassName: "inference-gateway",
              listeners: [
                {
                  ...{ name: "https", port: httpsPort, protocol: "HTTPS" },
                  tls: { certificateRefs: [{ name: "certificate" }] },
                },
              ],
            },
          },
          {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "HTTPRoute",
            metadata: { name: "with-credentials" },
            spec: {
              parentRefs: [{ name: "inference-gateway" }, { name: "https" }],
              rules: [
                {
                  matches: [
                    {
                      path: { type: "PathPrefix", value: "/private" },
                      headers: [{ name: "Authorization", value: `Bearer ${canaries["match on a credential"]}` }],
                    },
                  ],
                  filters: [
                    {
                      type: "RequestHeaderModifier",
                      requestHeaderModifier: {
                        set: [{ name: "x-api-key", value: canaries["route's credential"] }],
                      },
                    },
                  ],
                  backendRefs: [
                    { group: "inference.networking.x-k8s.io", kind: "InferencePool", name: "qwen-pool" },
                    { name: "missing", port: 80, weight: 0 },
                  ],
                },
              ],
            },
          },
        ),
      }),
    });
    await requests();
  });
  after(async () => {
    await gateway?.stop();
    await collector.stop();
  });

  /** One that is served, some that are refused in different places, one that is cut. */
  async function requests(): Promise<void> {
    const headers = {
      authorization: `Bearer ${canaries["client's credential"]}`,
      cookie: `session=${canaries["client's cookie"]}`,
      "x-api-key": canaries["client's credential"],
    };
    for (const server of gateway.servers) server.answerAtOnce = false;
    const served = gateway.completion("travel-helper", { prompt: canaries.prompt }, { headers });
    const received = await eventually("the request at a server", () =>
      gateway.servers.flatMap(({ received: all }) => all).at(0),
    );
    assert.equal(received.headers["authorization"], headers.authorization);
    assert.match(received.body, new RegExp(canaries.prompt));
    received.answer(
      JSON.stringify({
        choices: [{ text: canaries.answer }],
        usage: { prompt_tokens: 5, completion_tokens: 2 },
      }),
    );
    assert.equal((await served).status, 200);
    for (const server of gateway.servers) server.answerAtOnce = true;
    await gateway.completion("no-such-model", { prompt: canaries.prompt }, { headers });
    await gateway.ask({
      method: "POST",
      path: "/v1/completions",
      headers: { ...headers, "content-type": "application/json" },
      body: `{"prompt": "${canaries.prompt}"`,
    });
    await gateway.ask({
      method: "POST",
      path: "/private/v1/completions",
      headers: {
        ...headers,
        authorization: `Bearer ${canaries["match on a credential"]}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ model: "qwen", prompt: canaries.prompt }),
    });
    await eventually("spans", () => (collector.spans.length >= 2 ? true : undefined));
    await gateway.idle();
  }

  function search(what: string, text: string): void {
    for (const [name, canary] of Object.entries(secrets)) {
      assert.ok(!text.includes(canary), `the ${name} stands in ${what}`);
    }
  }

  it("is in no answer of the admin API, as JSON or as text", async () => {
    const { paths } = await gateway.ante.api<{ readonly paths: object }>("/api/v1/openapi.json");
    const asked = ["/", ...Object.keys(paths).filter((path) => !path.includes("{")), "/api/v1/decisions?limit=256"];
    assert.ok(asked.includes("/api/v1/xds") && asked.includes("/api/v1/pools"));
    for (const path of asked) {
      for (const accept of ["application/json", "text/plain"]) {
        const answer = await fetch(new URL(path, gateway.ante.admin), { headers: { accept } });
        assert.equal(answer.status, 200, path);
        search(`the answer to ${path}`, await answer.text());
      }
    }
  });

  it("is in none though the secret, the route and the decisions are shown", async () => {
    const dumps = JSON.stringify(await gateway.ante.api<unknown>("/api/v1/xds"));
    assert.match(dumps, /"certificate_chain":\{"inline_bytes":"/);
    assert.match(dumps, /"private_key":\{"inline_string":"\[redacted\]"\}/);
    assert.match(dumps, /"key":"x-api-key","value":"\[redacted\]"/);
    assert.match(dumps, /"name":"authorization","string_match":\{"exact":"\[redacted\]"\}/);
    const page = await gateway.ante.api<{ readonly decisions: readonly { readonly model: string }[] }>(
      "/api/v1/decisions",
    );
    assert.ok(page.decisions.some(({ model }) => model === "travel-helper"));
  });

  it("is in no line of the log, at its lowest level, nor of the access log", async () => {
    await eventually("the access log", () =>
      gateway.ante.stdout.filter((line) => line.includes("completions")).length >= 4 ? true : undefined,
    );
    search("the log", gateway.ante.log());
    search("the access log", gateway.ante.stdout.join("\n"));
  });

  it("is in no span", () => {
    assert.ok(collector.bodies.length > 0);
    search("a span", collector.bodies.join("\n"));
  });

  it("is, of the key, in no saved state", async () => {
    const folder = join(dirname(gateway.ante.dir), "state");
    const files = await eventually("the saved state", () => {
      const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return found.length > 0 ? found : undefined;
    });
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), "utf8");
      for (const [what, canary] of Object.entries(secrets)) {
        if (what.startsWith("private key")) assert.ok(!text.includes(canary), `the ${what} stands in ${name}`);
      }
    }
  });
});

/** As inline_bytes spell it: base64 of the whole text, of which a part is searched that no other text begins. */
function base64Part(pem: string): string {
  return Buffer.from(pem).toString("base64").slice(80, 140);
}
