/** The control thread dies under load: Envoy and the picker go on, and a new thread begins from what was admitted. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import type { TestGateway } from "../helpers/gateway.ts";
import { watchLiveness } from "../helpers/liveness.ts";
import { httpRoute, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { StubServer } from "../helpers/stub-server.ts";
import { Traffic } from "../helpers/traffic.ts";
import { startNarrowGateway, WaitingRequests } from "../helpers/waiting-requests.ts";

const host = { host: "web.test" };
const route = (...paths: readonly string[]): string =>
  yaml(
    httpRoute(
      "web",
      { parent: "inference-gateway", hostnames: ["web.test"] },
      paths.map((path) => ({ matches: [pathMatch("PathPrefix", path)], backendRefs: [toService("web")] })),
    ),
  );

describe("a control thread that crashes under load", () => {
  let gateway: TestGateway;
  let web: StubServer;
  let traffic: Traffic;

  before(async () => {
    web = await StubServer.start();
    gateway = await startNarrowGateway({
      servers: 2,
      files: () => ({ "service.yaml": yaml(...service("web", [web.port])), "web.yaml": route("/web") }),
    });
  });
  beforeEach(() => {
    traffic = new Traffic({ port: gateway.port, path: "/web/load", headers: host });
  });
  after(async () => {
    await gateway.stop();
    await web.stop();
  });

  const statusOf = async (path: string): Promise<number> => (await gateway.ask({ path, headers: host })).status;

  async function crash(): Promise<void> {
    const { ante } = gateway;
    const ends = (): number => ante.lines.filter(({ worker, reason }) => worker === "control" && reason).length;
    const before = ends();
    await ante.order("crash control");
    await eventually("the end of the thread", () => (ends() > before ? true : undefined));
    await eventually("a new thread that is ready", () => ante.api("/readyz?verbose"), { timeoutMs: 15_000 });
  }

  it("costs no route, no running and no waiting request, and /livez answers all the time", async (context) => {
    const stopLiveness = watchLiveness(gateway.ante.admin);
    context.after(stopLiveness);
    const waiting = await WaitingRequests.send(gateway, 20);
    await crash();
    await gateway.waitingIs(20);
    await waiting.finish();
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.answered > 50, `${traffic.answered} requests of the load were answered`);
    const codes = await stopLiveness();
    assert.ok(codes.length > 20, `liveness was asked ${codes.length} times`);
    assert.deepEqual(
      codes.filter((code) => code !== 200),
      [],
    );
  });

  it("costs nothing either while a file is broken, and goes on once the file is mended", async () => {
    gateway.ante.write(
      "web.yaml",
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: [web\n",
    );
    await gateway.ante.line("rejected", 10_000, ({ file }) => String(file).endsWith("web.yaml"));
    const waiting = await WaitingRequests.send(gateway, 20);
    await crash();
    assert.equal(await statusOf("/web/x"), 200, "the route is as it was last admitted");
    await gateway.waitingIs(20);
    await waiting.finish();
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);

    assert.equal(await statusOf("/more"), 404);
    gateway.ante.write("web.yaml", route("/web", "/more"));
    await eventually("the mended file in effect", async () => ((await statusOf("/more")) === 200 ? true : undefined));
    assert.equal(await statusOf("/web/x"), 200);
  });
});
