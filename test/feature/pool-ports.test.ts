/** Pools of the v1 API with several ports to a Pod, and with servers that speak HTTP/2 only. */
import assert from "node:assert/strict";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { TestGateway } from "../helpers/gateway.ts";
import { parent, poolV1, toPoolV1 } from "../helpers/inference-manifests.ts";
import { httpRoute, type Manifest, yaml } from "../helpers/manifests.ts";
import { StubServer } from "../helpers/stub-server.ts";

function withSpec(pool: Manifest, spec: Manifest): Manifest {
  return { ...pool, spec: { ...(pool["spec"] as Manifest), ...spec } };
}

function pod(name: string, labels: Manifest): Manifest {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, status: { podIP: "127.0.0.1" } };
}

describe("a pool of the v1 API", () => {
  const ranks: StubServer[] = [];
  let metrics: StubServer;
  let h2only: Http2Server;
  let gateway: TestGateway;
  const asked: (string | undefined)[] = [];

  before(async () => {
    ranks.push(await StubServer.start(), await StubServer.start());
    metrics = await StubServer.start();
    h2only = createServer((request, response) => {
      asked.push(request.httpVersion);
      response.end("{}");
    });
    await new Promise<void>((done) => h2only.listen(0, "127.0.0.1", done));
    const { port } = h2only.address() as AddressInfo;
    gateway = await TestGateway.start({
      servers: 0,
      files: () => ({
        "pools.yaml": yaml(
          withSpec(poolV1("ranks", { selector: { app: "ranks" } }), {
            targetPorts: ranks.map((rank) => ({ number: rank.port })),
          }),
          withSpec(
            poolV1("h2c", {
              selector: { app: "h2c" },
              annotations: { "antechamber.dev/metrics-port": String(metrics.port) },
            }),
            { targetPorts: [{ number: port }], appProtocol: "kubernetes.io/h2c" },
          ),
          pod("two-ranks", { app: "ranks" }),
          pod("h2-server", { app: "h2c" }),
          httpRoute("ranks", { parent, hostnames: ["ranks.test"] }, [{ backendRefs: [toPoolV1("ranks")] }]),
          httpRoute("h2c", { parent, hostnames: ["h2c.test"] }, [{ backendRefs: [toPoolV1("h2c")] }]),
        ),
      }),
    });
    await gateway.serversReady(3);
  });
  after(async () => {
    await Promise.all([...ranks, metrics].map((server) => server.stop()));
    await gateway.stop();
    await new Promise((done) => h2only.close(done));
  });

  it("has an endpoint for each port of a Pod", async () => {
    for (const rank of ranks) rank.answerAtOnce = false;
    const answers = [1, 2].map(() => gateway.completion("m", {}, { headers: { host: "ranks.test" } }));
    await gateway.waitingIs(0);
    while (ranks.some(({ received }) => received.length === 0)) await new Promise((wake) => setTimeout(wake, 10));
    assert.deepEqual(
      ranks.map(({ received }) => received.length),
      [1, 1],
    );
    for (const rank of ranks) rank.answerAll();
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  });

  it("speaks HTTP/2 to servers where appProtocol says so", async () => {
    const { status } = await gateway.completion("m", {}, { headers: { host: "h2c.test" } });
    assert.equal(status, 200);
    assert.deepEqual(asked, ["2.0"]);
  });
});
