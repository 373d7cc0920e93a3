/** The endpoint lane: a model server that comes or goes touches EDS and the pool table; the model does not run. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { httpRoute, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { metricsOf, sumOf } from "../helpers/metrics.ts";
import { envoyOf } from "../helpers/proxies.ts";
import { podsYaml } from "../helpers/scenario.ts";
import { StubServer } from "../helpers/stub-server.ts";
import { Traffic } from "../helpers/traffic.ts";

describe("a server that comes and goes", () => {
  let gateway: TestGateway;
  let added: StubServer;
  const host = { host: "web.test" };

  before(async () => {
    added = await StubServer.start();
    gateway = await TestGateway.start({
      servers: 1,
      files: ({ servers }) => ({
        "service.yaml": yaml(...service("web", servers)),
        "web.yaml": yaml(
          httpRoute("web", { parent: "inference-gateway", hostnames: ["web.test"] }, [
            { matches: [pathMatch("PathPrefix", "/web")], backendRefs: [toService("web")] },
          ]),
        ),
      }),
    });
  });
  after(async () => {
    await gateway.stop();
    await added.stop();
  });

  const builds = async (): Promise<number> =>
    sumOf(await metricsOf(gateway.ante), "antechamber_model_builds_total") ?? Number.NaN;

  /** How often Envoy was sent each type of resource. */
  async function updates(): Promise<Readonly<Record<string, number>>> {
    const { admin } = await envoyOf(gateway.ante);
    const { body } = await admin.get("/stats?filter=update_success&format=json");
    const { stats } = JSON.parse(body) as {
      readonly stats: readonly { readonly name: string; readonly value: number }[];
    };
    const of = (part: RegExp): number =>
      stats.filter(({ name }) => part.test(name)).reduce((sum, { value }) => sum + value, 0);
    return {
      cluster: of(/^cluster_manager\.cds/),
      listener: of(/^listener_manager\.lds/),
      route: of(/\.rds\./),
    };
  }

  /** Runs `change` and resolves once `isDone`; nothing but endpoints may have been built or sent. */
  async function onlyEndpoints(change: () => void, isDone: () => Promise<boolean>): Promise<void> {
    const before = { builds: await builds(), ...(await updates()) };
    for (const [what, count] of Object.entries(before)) assert.ok(count >= 1, `${what} was counted`);
    change();
    await eventually("the change in effect", async () => ((await isDone()) ? true : undefined));
    assert.deepEqual({ builds: await builds(), ...(await updates()) }, before);
  }

  const servers = async (): Promise<readonly string[]> => {
    const endpoints = await gateway.ante.api<readonly { address: string; state: string }[]>("/api/v1/endpoints");
    return endpoints.filter(({ state }) => state === "ready").map(({ address }) => address);
  };

  it("is given requests of its pool", async () => {
    await onlyEndpoints(
      () => gateway.ante.write("added.yaml", podsYaml([added.port], { app: "qwen" })),
      async () => {
        await Promise.all(Array.from({ length: 4 }, () => gateway.completion("qwen")));
        return added.received.length > 0;
      },
    );
  });

  it("leaves its pool without a failed request", async () => {
    const body = JSON.stringify({ model: "qwen", prompt: "x", max_tokens: 1 });
    const traffic = new Traffic({ port: gateway.port, path: "/v1/completions", body });
    await onlyEndpoints(
      () => gateway.ante.remove("added.yaml"),
      async () => (await servers()).length === 1,
    );
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.answered > 20);
  });

  it("serves a plain Service as well", async () => {
    const [, slice] = service("web", [added.port]);
    added.received.length = 0;
    await onlyEndpoints(
      () => gateway.ante.write("slice.yaml", yaml(slice ?? {})),
      async () => {
        assert.equal((await gateway.ask({ path: "/web", headers: host })).status, 200);
        return added.received.length > 0;
      },
    );
  });
});
