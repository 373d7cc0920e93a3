/** A real Envoy that knows its zone, and one that does not, with endpoints in two zones. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ObjectStatus } from "../../src/model/result.ts";
import { Ante } from "../helpers/ante.ts";
import { http } from "../helpers/http.ts";
import {
  gateway,
  gatewayClass,
  httpRoute,
  type Manifest,
  pathMatch,
  toService,
  trafficPolicy,
  zonedService,
} from "../helpers/manifests.ts";
import { NamedServer } from "../helpers/named-server.ts";
import { freePort } from "../helpers/ports.ts";
import { RouteRig } from "../helpers/route-rig.ts";

const zones = ["near", "far"] as const;
/** By route. */
const balancers: Readonly<Record<string, Manifest>> = {
  leastrequest: { type: "LeastRequest", zoneAware: { preferLocal: { minEndpointsThreshold: 2, force: {} } } },
  roundrobin: { type: "RoundRobin", zoneAware: { preferLocal: { minEndpointsThreshold: 2, force: {} } } },
  random: { type: "Random", zoneAware: { preferLocal: { minEndpointsThreshold: 2, force: {} } } },
  "few-endpoints": { type: "RoundRobin", zoneAware: { preferLocal: { force: {} } } },
  "few-in-zone": {
    type: "RoundRobin",
    zoneAware: { preferLocal: { minEndpointsThreshold: 2, force: { minEndpointsInZoneThreshold: 2 } } },
  },
  "no-request": {
    type: "RoundRobin",
    zoneAware: { preferLocal: { minEndpointsThreshold: 2, force: {}, percentageEnabled: 0 } },
  },
};

const rig = new RouteRig("near");
const lost = new RouteRig();
let servers: readonly NamedServer[] = [];
const ports = { rig: 0, lost: 0 };
const statuses: { rig: readonly ObjectStatus[]; lost: readonly ObjectStatus[] } = { rig: [], lost: [] };

before(async () => {
  servers = await Promise.all(zones.map((zone) => NamedServer.start(zone)));
  await Promise.all([rig.start(), lost.start()]);
  ports.rig = await freePort();
  statuses.rig = await rig.publish(objects(ports.rig));
  ports.lost = await freePort();
  statuses.lost = await lost.publish(objects(ports.lost));
});
after(async () => {
  await Promise.all([rig.stop(), lost.stop()]);
  await Promise.all(servers.map((server) => server.stop()));
});

function objects(port: number): readonly Manifest[] {
  const rules = Object.keys(balancers).map((name) => ({
    name,
    matches: [pathMatch("PathPrefix", `/${name}`)],
    backendRefs: [toService("web")],
  }));
  return [
    gatewayClass(),
    gateway("gw", port),
    ...zonedService(
      "web",
      servers.map(({ port, name: zone }) => ({ port, zone })),
    ),
    httpRoute("web", { parent: "gw" }, rules),
    ...Object.entries(balancers).map(([sectionName, loadBalancer]) =>
      trafficPolicy(sectionName, { kind: "HTTPRoute", name: "web", sectionName }, { loadBalancer }),
    ),
  ];
}

/** How many of 30 requests each zone got. */
async function shares(port: number, route: string): Promise<Readonly<Record<(typeof zones)[number], number>>> {
  const counts = { near: 0, far: 0 };
  for (let made = 0; made < 30; made++) {
    const { status, body } = await http(port, `/${route}`);
    assert.equal(status, 200);
    for (const zone of zones) if (body.includes(zone)) counts[zone]++;
  }
  return counts;
}

/** Of this field: how a policy names its target has its own. */
function warnings(all: readonly ObjectStatus[]): readonly string[] {
  return all
    .filter(({ ref }) => ref.kind === "BackendTrafficPolicy")
    .flatMap(({ body }) => (body.kind === "ancestors" ? body.ancestors : []))
    .flatMap(({ conditions }) => conditions.filter(({ type }) => type === "Warning").map(({ message }) => message))
    .filter((message) => message.includes("preferLocal"));
}

describe("the zone of the gateway", () => {
  for (const route of ["leastrequest", "roundrobin", "random"]) {
    it(`gets every request where it is forced, with ${route}`, async () => {
      assert.deepEqual(await shares(ports.rig, route), { near: 30, far: 0 });
    });
  }

  for (const route of ["few-endpoints", "few-in-zone", "no-request"]) {
    it(`is not preferred with ${route.replaceAll("-", " ")}`, async () => {
      const { near, far } = await shares(ports.rig, route);
      assert.ok(near > 5 && far > 5, JSON.stringify({ near, far }));
    });
  }

  it("is nothing to warn of where it is known", () => {
    assert.deepEqual(warnings(statuses.rig), []);
  });

  it("is not preferred where it is not known, and each policy's Warning says so", async () => {
    const { near, far } = await shares(ports.lost, "roundrobin");
    assert.ok(near > 5 && far > 5, JSON.stringify({ near, far }));
    const said = warnings(statuses.lost);
    assert.equal(said.length, Object.keys(balancers).length);
    for (const message of said) assert.match(message, /preferLocal; the zone of the gateway is not known/);
  });
});

describe("ante up --zone", () => {
  it("tells both Envoy and the policies the zone", async () => {
    const port = await freePort();
    const files = Object.fromEntries(
      objects(port).map((object, index) => [`${index}.json`, JSON.stringify(object)] as const),
    );
    const ante = await Ante.start({ files, args: ["--zone", "near"] });
    try {
      assert.deepEqual(await shares(port, "roundrobin"), { near: 30, far: 0 });
      assert.ok(!ante.log().includes("preferLocal"), ante.log());
    } finally {
      await ante.stop();
    }
  });
});
