/**
 * A route that Envoy refuses beside one that it takes. Our own check admits the regular expression, and the Envoy of
 * this test allows smaller ones only.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { httpRoute, type Manifest, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { metricsOf, sumOf } from "../helpers/metrics.ts";
import type { ProxyEntry } from "../helpers/proxies.ts";
import { StubServer } from "../helpers/stub-server.ts";
import { Traffic } from "../helpers/traffic.ts";

const host = { host: "web.test" };
const tooLarge = "/bad/[a-z]{200}|/bad/x";
const small = "/bad/[a-z]";

function route(name: string, match: Manifest, version: string): Manifest {
  const set = [{ name: "x-version", value: version }];
  return httpRoute(name, { parent: "inference-gateway", hostnames: ["web.test"] }, [
    {
      matches: [match],
      filters: [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }],
      backendRefs: [toService("web")],
    },
  ]);
}

describe("a route that Envoy refuses", () => {
  let gateway: TestGateway;
  let web: StubServer;
  let traffic: Traffic;

  before(async () => {
    web = await StubServer.start();
    gateway = await TestGateway.start({
      args: ["--regex-max-program-size", "100"],
      files: () => ({ "service.yaml": yaml(...service("web", [web.port])), "good.yaml": good("1") }),
    });
    traffic = new Traffic({ port: gateway.port, path: "/good", headers: host, clients: 1 });
  });
  after(async () => {
    await traffic.stop();
    await gateway.stop();
    await web.stop();
  });

  const good = (version: string): string => yaml(route("good", pathMatch("Exact", "/good"), version));
  const writeBad = (regex: string, version: string): void =>
    gateway.ante.write("bad.yaml", yaml(route("bad", pathMatch("RegularExpression", regex), version)));
  const ask = (path: string) => gateway.ask({ path, headers: host });
  const versionOf = async (path: string): Promise<unknown> => (await ask(path)).headers["x-version"];

  /** Resolves with the time that it took, ms. */
  async function editGood(version: string): Promise<number> {
    const startedMs = performance.now();
    gateway.ante.write("good.yaml", good(version));
    await eventually(`version ${version} of the good route`, async () =>
      (await versionOf("/good")) === version ? true : undefined,
    );
    return performance.now() - startedMs;
  }

  const programmedOf = async (name: string): Promise<Condition | undefined> => {
    const statuses = await gateway.ante.api<readonly Status[]>("/api/v1/statuses");
    const status = statuses.find((one) => one.kind === "HTTPRoute" && one.name === name)?.status;
    return status?.parents[0]?.conditions.find(({ type }) => type === "Programmed");
  };

  const isHeld = async (): Promise<boolean> => {
    const [proxy] = await gateway.ante.api<readonly ProxyEntry[]>("/api/v1/proxies");
    return proxy?.types.some(({ state }) => state === "HELD") ?? false;
  };

  it("answers 500 with the reason where it never worked, and its status and a log line say why", async () => {
    writeBad(tooLarge, "1");
    const answer = await eventually("500 with the reason", async () => {
      const found = await ask("/bad/x");
      return found.status === 500 ? found : undefined;
    });
    assert.match(answer.body, /regex/i);
    const condition = await eventually("the condition", () => programmedOf("bad"));
    assert.equal(condition.status, "False");
    assert.match(condition.message, /regex/i);
    const line = await gateway.ante.line("condition", 5_000, ({ object }) => object === "default/bad");
    assert.match(String(line["text"]), /bad\.yaml:\d+:\d+: HTTPRoute default\/bad: Programmed=False Invalid: .*regex/i);
    assert.equal(await programmedOf("good"), undefined);
    assert.equal(await isHeld(), true);
    assert.ok((sumOf(await metricsOf(gateway.ante), "antechamber_xds_nacks_total") ?? 0) > 0);
  });

  it("does not keep the other from its edits", async () => {
    assert.ok((await editGood("2")) < 1_000);
    assert.equal((await ask("/bad/x")).status, 500);
    assert.equal((await gateway.completion("qwen")).status, 200);
  });

  it("is served once it is mended", async () => {
    writeBad(small, "2");
    await eventually("the mended route", async () => ((await versionOf("/bad/x")) === "2" ? true : undefined));
    await eventually("no refusal any more", async () => ((await isHeld()) ? undefined : true));
    assert.equal(await programmedOf("bad"), undefined);
  });

  it("stays as it was last accepted when it becomes bad again, while the other is edited", async () => {
    writeBad(tooLarge, "3");
    await eventually("the refusal", async () => ((await isHeld()) ? true : undefined));
    assert.equal(await versionOf("/bad/x"), "2");
    assert.ok((await editGood("3")) < 1_000);
    assert.equal(await versionOf("/bad/x"), "2");
    assert.equal((await programmedOf("bad"))?.status, "False");
  });

  it("stays so when the control thread ends and another takes over", async () => {
    await gateway.ante.order("crash control");
    await gateway.ante.line("A worker thread ended and is started again");
    await eventually("the next thread's status", async () =>
      (await programmedOf("bad")) === undefined ? undefined : true,
    );
    await eventually("the refusal", async () => ((await isHeld()) ? true : undefined));
    assert.equal(await versionOf("/bad/x"), "2");
    assert.ok((await editGood("4")) < 1_000);
    assert.equal(await versionOf("/bad/x"), "2");
  });

  it("leaves nothing behind when it is deleted, and no request of the other was lost in all this", async () => {
    gateway.ante.remove("bad.yaml");
    await eventually("404", async () => ((await ask("/bad/x")).status === 404 ? true : undefined));
    await eventually("no refusal any more", async () => ((await isHeld()) ? undefined : true));
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.answered > 100);
  });
});

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

interface Status {
  readonly kind: string;
  readonly name: string;
  readonly status: { readonly parents: readonly { readonly conditions: readonly Condition[] }[] };
}
