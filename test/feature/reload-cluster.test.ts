/** A setting that makes another cluster of a pool is edited while requests wait for the old one. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import type { TestGateway } from "../helpers/gateway.ts";
import { trafficPolicy, yaml } from "../helpers/manifests.ts";
import { envoyOf } from "../helpers/proxies.ts";
import { startNarrowGateway, WaitingRequests } from "../helpers/waiting-requests.ts";

const policy = (connectTimeout: string): string =>
  yaml(trafficPolicy("connect", { kind: "HTTPRoute", name: "llm-route" }, { timeout: { tcp: { connectTimeout } } }));

describe("with 200 requests waiting, a connect timeout that is edited", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startNarrowGateway({ servers: 5, files: () => ({ "connect.yaml": policy("3s") }) });
  });
  after(() => gateway.stop());

  const clusters = async (): Promise<string> => {
    const { admin } = await envoyOf(gateway.ante);
    return (await admin.get("/config_dump?resource=dynamic_active_clusters")).body;
  };

  it("is in effect while the old cluster stays, and all 200 get 200", async () => {
    assert.match(await clusters(), /"connect_timeout": "3s"/);
    const waiting = await WaitingRequests.send(gateway, 200);
    gateway.ante.write("connect.yaml", policy("4s"));
    const both = await eventually("the new cluster", async () => {
      const found = await clusters();
      return found.includes('"connect_timeout": "4s"') ? found : undefined;
    });
    assert.match(both, /"connect_timeout": "3s"/);
    gateway.ante.write("connect.yaml", policy("5s"));
    await eventually("the newest cluster", async () =>
      (await clusters()).includes('"connect_timeout": "5s"') ? true : undefined,
    );
    await waiting.finish();
  });
});
