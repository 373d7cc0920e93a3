/** Shares of zones on a real Envoy, with each way to choose an endpoint. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
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

const algorithms: Readonly<Record<string, Manifest>> = {
  RoundRobin: {},
  LeastRequest: {},
  Random: {},
  ConsistentHash: { consistentHash: { type: "Headers", headers: [{ name: "x-user" }] } },
  BackendUtilization: { backendUtilization: {} },
};
/** Of the zones, the third of which has no weight of its own. */
const weightedZones = [
  { zone: "none", weight: 0 },
  { zone: "much", weight: 5 },
];
const zones = ["none", "much", "little"] as const;

const rig = new RouteRig();
let port = 0;
let servers: readonly NamedServer[] = [];

before(async () => {
  port = await freePort();
  servers = await Promise.all(zones.map((zone) => NamedServer.start(zone)));
  await rig.start();
  const rules = Object.keys(algorithms).map((type) => ({
    name: type.toLowerCase(),
    matches: [pathMatch("PathPrefix", `/${type}`)],
    backendRefs: [toService("web")],
  }));
  const policies = Object.entries(algorithms).map(([type, more]) => {
    const sectionName = type.toLowerCase();
    const loadBalancer = { type, ...more, zoneAware: { weightedZones } };
    return trafficPolicy(sectionName, { kind: "HTTPRoute", name: "web", sectionName }, { loadBalancer });
  });
  await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    ...zonedService(
      "web",
      servers.map(({ port, name: zone }) => ({ port, zone })),
    ),
    httpRoute("web", { parent: "gw" }, rules),
    ...policies,
  ]);
});
after(async () => {
  await rig.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

describe("weights of zones", () => {
  for (const type of Object.keys(algorithms)) {
    it(`share the requests out with ${type}, 0 gets none and no weight is 1`, async () => {
      const counts = { none: 0, much: 0, little: 0 };
      for (let made = 0; made < 60; made++) {
        const { status, body } = await http(port, `/${type}`, { headers: { "x-user": `user-${made}` } });
        assert.equal(status, 200);
        for (const zone of zones) if (body.includes(zone)) counts[zone]++;
      }
      assert.equal(counts.none, 0);
      assert.equal(counts.much + counts.little, 60);
      assert.ok(counts.little > 0 && counts.much > 2 * counts.little, JSON.stringify(counts));
    });
  }
});
