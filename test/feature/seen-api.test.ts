/** The admin API of a running gateway on what its Envoys are to have, how requests were placed, and its pools. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";

interface Dump {
  readonly configs: readonly Readonly<Record<string, unknown>>[];
}
interface Decision {
  readonly requestId: string;
  readonly model: string;
  readonly target: string;
  readonly priority: number;
  readonly outcome: string;
  readonly waitedMs: number;
  readonly waitedFor: Readonly<Record<string, number>>;
  readonly endpoints: readonly string[];
  readonly servers: readonly { readonly address: string; readonly verdict: string; readonly score?: number }[];
}

function ask(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, headers: { host: "envoy" } }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      answer.on("end", () => resolve(body));
    }).on("error", reject);
  });
}

/** The dynamic resources of one section, without what only a proxy knows, in the order of their content. */
function comparable({ configs }: Dump, type: string): readonly string[] {
  const section = configs.find((config) => String(config["@type"]).endsWith(`.${type}ConfigDump`)) ?? {};
  const [dynamic = []] = Object.entries(section).flatMap(([field, value]) =>
    field.startsWith("dynamic_") ? [value as readonly unknown[]] : [],
  );
  return dynamic.map((resource) => JSON.stringify(sorted(resource))).sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([field]) => field !== "last_updated");
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, inner]) => [field, sorted(inner)]));
}

describe("the admin API of a running gateway", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({
      servers: 2,
      stub: { answerAtOnce: false },
      annotations: { "antechamber.dev/max-concurrency": "1", "antechamber.dev/hold-back": "0" },
    });
  });
  after(() => gateway.stop());

  const decisions = async (): Promise<readonly Decision[]> =>
    (await gateway.ante.api<{ readonly decisions: readonly Decision[] }>("/api/v1/decisions")).decisions;

  it("shows what an Envoy is to have as that Envoy shows what it has", async () => {
    const [proxy] =
      await gateway.ante.api<
        readonly { readonly gateway: string; readonly process: { readonly adminSocket: string } }[]
      >("/api/v1/proxies");
    assert.ok(proxy !== undefined);
    const had = JSON.parse(await ask(proxy.process.adminSocket, "/config_dump?include_eds")) as Dump;
    const wanted = await gateway.ante.api<Dump>(`/api/v1/xds?gateway=${proxy.gateway}`);
    for (const type of ["Clusters", "Listeners", "Routes"]) {
      const ours = comparable(wanted, type);
      assert.ok(ours.length > 0, type);
      assert.deepEqual(comparable(had, type), ours, type);
    }
    assert.equal((await fetch(new URL("/api/v1/xds?gateway=no/such", gateway.ante.admin))).status, 404);
    const one = await gateway.ante.api<Dump>(`/api/v1/xds?gateway=${proxy.gateway}&type=listener&name=none`);
    assert.deepEqual(one, { configs: [] });
  });

  it("shows of each decision what it waited for, and what was said of each server", async () => {
    const asked = ["qwen", "travel-helper", "qwen"].map((model) => gateway.completion(model));
    await gateway.waitingIs(1);
    assert.equal((await decisions()).length, 2);
    await new Promise((done) => setTimeout(done, 200));
    for (const server of gateway.servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    await Promise.all(asked);
    const all = await eventually("three decisions", async () => {
      const found = await decisions();
      return found.length === 3 ? found : undefined;
    });
    const [last, second, first] = all;
    assert.ok(last !== undefined && second !== undefined && first !== undefined);
    assert.equal(new Set(all.map(({ requestId }) => requestId)).size, 3);
    assert.ok(all.every(({ outcome }) => outcome === "placed"));
    assert.ok(first.waitedMs < 200, String(first.waitedMs));
    assert.deepEqual(first.waitedFor, { "no-ready-server": 0, "no-room": 0, "held-back": 0 });
    assert.deepEqual(
      first.servers.map(({ verdict }) => verdict),
      ["picked", "fallback"],
    );
    assert.ok(first.servers.every(({ score }) => score !== undefined && score > 0));
    assert.deepEqual(second.servers.map(({ verdict }) => verdict).sort(), ["fallback", "picked"]);
    assert.equal(second.servers.find(({ verdict }) => verdict === "fallback")?.score, undefined);
    assert.ok(last.waitedMs >= 200, String(last.waitedMs));
    assert.ok((last.waitedFor["no-room"] ?? 0) >= 200);
    const picked = new Set(gateway.servers.map(({ port }) => `127.0.0.1:${port}`));
    for (const { endpoints } of all) assert.ok(picked.has(endpoints[0] ?? ""));
  });

  it("shows of a pool each setting with where it is from, its models and its servers", async () => {
    const [pool] =
      await gateway.ante.api<
        readonly {
          readonly pool: string;
          readonly picker: { readonly by: string; readonly why: string };
          readonly settings: readonly { readonly name: string; readonly value: string; readonly from: string }[];
          readonly models: readonly { readonly name: string; readonly priority: number }[];
          readonly endpoints: Readonly<Record<string, number>>;
        }[]
      >("/api/v1/pools");
    assert.ok(pool !== undefined);
    const setting = (name: string) => pool.settings.find((each) => each.name === name);
    assert.deepEqual(setting("maxConcurrency"), {
      ...{ name: "maxConcurrency", value: "1", from: "antechamber.dev/max-concurrency" },
    });
    assert.deepEqual(setting("admission"), { name: "admission", value: "headroom", from: "default" });
    assert.equal(pool.picker.by, "built-in");
    assert.match(pool.picker.why, /does not exist/);
    assert.deepEqual(
      pool.models.map(({ name, priority }) => [name, priority]),
      [
        ["qwen", 1],
        ["travel-helper", 0],
      ],
    );
    assert.deepEqual(pool.endpoints, { ready: 2 });
  });

  it("shows them as tables to a person", async () => {
    const text = async (path: string): Promise<string> =>
      (await fetch(new URL(path, gateway.ante.admin), { headers: { accept: "text/plain" } })).text();
    assert.match(await text("/api/v1/pools"), /^POOL +PICKER +WHY/);
    assert.match(await text("/api/v1/endpoints"), new RegExp(`127.0.0.1:${gateway.servers[0]?.port} +\\S+ +ready`));
    assert.match(await text("/api/v1/decisions"), /placed {2}model travel-helper \(travel-helper-v1\) {2}priority 0/);
    assert.match(await text("/api/v1/statuses"), /^Gateway +default\/inference-gateway +- +Programmed +True/m);
    assert.match(await text("/api/v1/queues"), /^POOL +ADMISSION +SATURATED/);
    assert.match(await text("/api/v1/proxies"), /SYNCED/);
  });
});
