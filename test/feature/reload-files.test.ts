/** Files that change under a running gateway: when it is in effect, what is said, and what a half-written file does. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { httpRoute, type Manifest, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { Traffic } from "../helpers/traffic.ts";

const host = { host: "web.test" };

function web(name: string, path: string, version = "one"): Manifest {
  const set = [{ name: "x-version", value: `version-${version}-of-${name}` }];
  return httpRoute(name, { parent: "inference-gateway", hostnames: ["web.test"] }, [
    {
      matches: [pathMatch("PathPrefix", path)],
      filters: [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }],
      backendRefs: [toService("web")],
    },
  ]);
}

describe("files of a running gateway", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({
      servers: 1,
      files: ({ servers }) => ({
        "service.yaml": yaml(...service("web", servers)),
        "web.yaml": yaml(web("a", "/a"), web("b", "/b"), web("c", "/c")),
      }),
    });
  });
  after(() => gateway.stop());

  const ask = (path: string) => gateway.ask({ path, headers: host });
  const statusIs = (path: string, wanted: number, timeoutMs?: number) =>
    eventually(
      `${wanted} on ${path}`,
      async () => ((await ask(path)).status === wanted ? true : undefined),
      timeoutMs === undefined ? {} : { timeoutMs },
    );

  it("have an addition in effect within a second, and one line that says on how many proxies and how soon", async () => {
    gateway.ante.write("added.yaml", yaml(web("added", "/added")));
    const startedMs = performance.now();
    await statusIs("/added", 200, 1_000);
    const line = await gateway.ante.line("effective", 1_000, ({ object }) => object === "default/added");
    assert.match(String(line["text"]), /^route default\/added: 1 rule, effective on 1\/1 proxies in \d+ ms$/);
    assert.ok(performance.now() - startedMs < 1_000);
  });

  it("have a removal in effect after about a second of an unchanged file", async () => {
    gateway.ante.write("web.yaml", yaml(web("a", "/a"), web("b", "/b")));
    const startedMs = performance.now();
    await statusIs("/c", 404, 3_000);
    const ms = performance.now() - startedMs;
    assert.ok(ms > 900 && ms < 2_000, `after ${ms} ms`);
    assert.equal((await ask("/b")).status, 200);
    const line = await gateway.ante.line("effective", 1_000, ({ change }) => change === "removed");
    assert.match(String(line["text"]), /^route default\/c: removed, effective on 1\/1 proxies in \d+ ms$/);
  });

  it("are rejected with file, line, column, object, field and reason, and what was admitted stays", async () => {
    const text = yaml(web("added", "/added")).replace(/^( *)port: 80$/m, "$1port: 80\n$1weight: much");
    gateway.ante.write("added.yaml", text);
    const line = await gateway.ante.line("rejected", 2_000);
    const lines = text.split("\n");
    const at = lines.findIndex((candidate) => candidate.includes("weight"));
    assert.equal(line["fieldPath"], "spec.rules[0].backendRefs[0].weight");
    assert.ok(String(line["text"]).includes(`added.yaml:${at + 1}:`), String(line["text"]));
    assert.match(
      String(line["text"]),
      /:\d+:\d+: rejected HTTPRoute default\/added: spec\.rules\[0\]\.backendRefs\[0\]\.weight: .+/,
    );
    assert.equal((await ask("/added")).status, 200);
  });

  it("are warned of where a field is unknown, with the nearest name", async () => {
    gateway.ante.write(
      "added.yaml",
      yaml(web("added", "/added")).replace("  hostnames:", "  hostname: []\n  hostnames:"),
    );
    const line = await gateway.ante.line("warning", 2_000, ({ file }) => String(file).endsWith("added.yaml"));
    assert.match(String(line["text"]), /added\.yaml:\d+:\d+: warning HTTPRoute default\/added: .*hostname.*hostnames/s);
  });

  it("apply nothing of what is half written, however often, and serve on", async () => {
    const whole = yaml(web("a", "/a", "two"), web("b", "/b", "two"));
    const traffic = ["/a", "/b"].map((path) => new Traffic({ port: gateway.port, path, headers: host, clients: 1 }));
    const seen = new Set<string>();
    for (let size = 5; size < whole.length; size += Math.ceil(whole.length / 14)) {
      gateway.ante.write("web.yaml", whole.slice(0, size));
      const untilMs = performance.now() + 250;
      while (performance.now() < untilMs) {
        for (const path of ["/a", "/b"]) seen.add(String((await ask(path)).headers["x-version"]));
      }
    }
    gateway.ante.write("web.yaml", whole);
    await eventually("the whole file in effect", async () =>
      (await ask("/b")).headers["x-version"] === "version-two-of-b" ? true : undefined,
    );
    assert.equal((await ask("/a")).headers["x-version"], "version-two-of-a");
    await Promise.all(traffic.map((one) => one.stop()));
    for (const { failures } of traffic) assert.deepEqual(failures, []);
    const allowed = ["a", "b"].flatMap((name) => ["one", "two"].map((version) => `version-${version}-of-${name}`));
    assert.deepEqual(
      [...seen].filter((version) => !allowed.includes(version)),
      [],
    );
  });
});
