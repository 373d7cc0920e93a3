/** A rule that says all that it can, before a pool with the built-in picker: from files to a model server. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { modelMatch, parent } from "../helpers/inference-manifests.ts";
import { httpRoute, pathMatch, service, toPool, toService, yaml } from "../helpers/manifests.ts";
import { StubServer } from "../helpers/stub-server.ts";

let gateway: TestGateway;
let copy: StubServer;
const origin = "https://app.example.com";

before(async () => {
  copy = await StubServer.start();
  gateway = await TestGateway.start({
    servers: 2,
    files: () => ({
      "route.yaml": yaml(
        ...service("copy", [copy.port]),
        httpRoute("everything", { parent, hostnames: ["all.test"] }, [
          {
            name: "everything",
            matches: [{ ...pathMatch("PathPrefix", "/openai"), method: "POST", ...modelMatch("qwen") }],
            filters: [
              { type: "CORS", cors: { allowOrigins: [origin], allowHeaders: ["content-type"] } },
              { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } },
              { type: "RequestMirror", requestMirror: { backendRef: toService("copy") } },
              { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-rule", value: "r" }] } },
            ],
            backendRefs: [
              {
                ...toPool("qwen-pool"),
                filters: [
                  {
                    type: "RequestHeaderModifier",
                    requestHeaderModifier: { set: [{ name: "x-backend", value: "b" }] },
                  },
                ],
              },
            ],
            retry: { codes: [503], attempts: 2 },
            timeouts: { request: "20s", backendRequest: "10s" },
          },
        ]),
      ),
    }),
  });
});
after(async () => {
  await gateway.stop();
  await copy.stop();
});
beforeEach(() => {
  copy.received.length = 0;
  for (const server of gateway.servers) server.received.length = 0;
});

describe("a rule that says all that it can, before a pool", () => {
  const path = "/openai/v1/completions";
  const headers = { host: "all.test", origin };

  it("has its requests placed by the picker", async () => {
    const placed = await gateway.metric("inference_extension_scheduler_e2e_duration_seconds_count");
    const answer = await gateway.completion("qwen", {}, { path, headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["access-control-allow-origin"], origin);
    const received = gateway.servers.flatMap((server) => server.received);
    assert.equal(received.length, 1);
    assert.equal(received[0]?.path, "/v1/completions");
    assert.deepEqual([received[0]?.headers["x-rule"], received[0]?.headers["x-backend"]], ["r", "b"]);
    const [copied] = await eventually("the copy", () => (copy.received.length > 0 ? copy.received : undefined));
    assert.equal(copied?.body, received[0]?.body);
    assert.equal(await gateway.metric("inference_extension_scheduler_e2e_duration_seconds_count"), placed + 1);
    await gateway.idle();
  });

  it("answers preflights without a server", async () => {
    const asked = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
    const answer = await gateway.ask({ method: "OPTIONS", path, headers: { ...headers, ...asked } });
    assert.deepEqual([answer.status, answer.body], [204, ""]);
    assert.equal(answer.headers["access-control-allow-origin"], origin);
    assert.equal(gateway.servers.flatMap((server) => server.received).length, 0);
  });
});
