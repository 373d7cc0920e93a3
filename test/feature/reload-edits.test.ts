/** Random edits of routes under load: a route that every version has must answer each request with 2xx. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Dice } from "../helpers/dice.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { httpRoute, type Manifest, pathMatch, service, toPool, toService, yaml } from "../helpers/manifests.ts";
import { Traffic } from "../helpers/traffic.ts";

const edits = 200;
const seed = Number(process.env["SEED"] ?? 1);
const hosts = ["web.test", "*.test", "other.test", "*"] as const;

describe(`${edits} random edits of routes under load (seed ${seed})`, () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({
      servers: 2,
      files: ({ servers }) => ({
        "services.yaml": yaml(...service("one", servers.slice(0, 1)), ...service("two", servers)),
        "web.yaml": file(randomRoute(new Dice(0))),
      }),
    });
  });
  after(() => gateway.stop());

  /** The route is not the file's last object, which counts as cut off for a second where it became shorter. */
  const file = (route: Manifest): string =>
    yaml(route, { apiVersion: "v1", kind: "Namespace", metadata: { name: "last" } });

  async function apply(route: Manifest, edit: number): Promise<void> {
    const effective = (): number =>
      gateway.ante.lines.filter(({ msg, object }) => msg === "effective" && object === "default/web").length;
    const before = effective();
    gateway.ante.write("web.yaml", file(route));
    await eventually(`edit ${edit} in effect`, () => (effective() > before ? true : undefined), { everyMs: 2 });
  }

  it("answer nothing but 2xx", async () => {
    const dice = new Dice(seed);
    const { port } = gateway;
    const body = JSON.stringify({ model: "qwen", prompt: "x", max_tokens: 1 });
    const loads = [
      new Traffic({ port, path: "/always/x", headers: { host: "web.test" }, clients: 2 }),
      new Traffic({ port, path: "/v1/completions", headers: { host: "web.test" }, body, clients: 2 }),
    ];
    for (let edit = 0; edit < edits; edit++) await apply(randomRoute(dice), edit);
    await Promise.all(loads.map((load) => load.stop()));
    for (const { failures, answered } of loads) {
      assert.deepEqual(failures, []);
      assert.ok(answered > edits, `${answered} requests were answered`);
    }
    assert.deepEqual(
      gateway.ante.lines.filter(({ msg }) => msg === "proxy refused resources" || msg === "rejected"),
      [],
    );
  });
});

/** Always with the rule that the load asks for, which leads to a random backend that answers. */
function randomRoute(dice: Dice): Manifest {
  const hostnames = ["web.test", ...hosts.filter((host) => host !== "web.test" && host !== "*" && dice.chance(0.4))];
  const others = Array.from({ length: dice.below(5) }, (_, index) => randomRule(dice, `/other-${index}`));
  const always = { ...randomRule(dice, "/always"), matches: [pathMatch("PathPrefix", "/always")] };
  const rules = [...others];
  rules.splice(dice.below(rules.length + 1), 0, always);
  return httpRoute("web", { parent: "inference-gateway", hostnames }, rules);
}

function randomRule(dice: Dice, path: string): Manifest {
  const match = dice.pick([
    pathMatch("PathPrefix", path),
    pathMatch("Exact", path),
    pathMatch("RegularExpression", `${path}/[a-z]{1,${dice.below(9) + 1}}`),
    { ...pathMatch("PathPrefix", path), method: "GET", headers: [{ name: "x-a", value: String(dice.below(3)) }] },
  ]);
  return {
    matches: [match],
    backendRefs: dice.pick([
      [toService("one")],
      [toService("two")],
      [toPool("qwen-pool")],
      [toService("one", dice.below(100)), toService("two", dice.below(100) + 1)],
      [toService("one", dice.below(100)), { ...toPool("qwen-pool"), weight: dice.below(100) + 1 }],
    ]),
    ...(dice.chance(0.3) && { timeouts: { request: `${dice.below(90) + 10}s` } }),
    ...(dice.chance(0.3) && {
      filters: [
        {
          type: "RequestHeaderModifier",
          requestHeaderModifier: { set: [{ name: "x-version", value: String(dice.below(1000)) }] },
        },
      ],
    }),
  };
}
