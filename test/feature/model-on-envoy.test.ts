/** A real Envoy takes what the model makes of every golden case, one after the other; unknown fields are refused. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { createEndpointLane } from "../../src/endpoints/lane.ts";
import type { GatewayIr } from "../../src/model/ir.ts";
import { createModel } from "../../src/model/model.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { findMissing } from "../../src/xds/snapshot.ts";
import { EnvoyRig } from "../helpers/envoy-rig.ts";
import { readGoldenInput } from "../helpers/golden-input.ts";
import { httpGet } from "../helpers/http.ts";
import { freePort } from "../helpers/ports.ts";
import { type AllResources, resourcesFromYaml } from "../helpers/resources-from-yaml.ts";

const folder = new URL("../golden/model/", import.meta.url);
const cases = readdirSync(folder).filter((file) => file.endsWith(".in.yaml"));
const rig = new EnvoyRig();
const builder = createBuilder({
  bind: "127.0.0.1",
  streamIdleTimeoutMs: 1000,
  accessLogFlushMs: 300,
  reusePort: false,
});
const model = createModel({ controllerName: "gateway.envoyproxy.io/gatewayclass-controller", mode: "files" });
let sequence = 0;

before(() => rig.start());
after(() => rig.stop());

/** Publishes the case's first Gateway that has a port, and answers the free ports that stand for its own. */
async function publish(resources: AllResources): Promise<ReadonlyMap<number, number>> {
  const { ir } = model.build(resources);
  const gateway = [...ir.values()].find(({ ports }) => ports.length > 0);
  assert.ok(gateway);
  const ports = new Map<number, number>();
  for (const { port } of gateway.ports) ports.set(port, await freePort());
  const moved: GatewayIr = {
    ...gateway,
    ports: gateway.ports.map((port) => ({ ...port, port: ports.get(port.port) ?? 0 })),
  };
  const endpoints = createEndpointLane().resolve(gateway.clusters.values(), resources);
  const snapshot = builder.build({ gateway: moved, endpoints, held: nothingHeld, sequence: ++sequence });
  assert.equal(findMissing(snapshot), undefined);
  await rig.publish(snapshot, moved.ports[0]?.port ?? 0);
  return ports;
}

describe("Envoy takes what the model makes of", () => {
  for (const file of cases) {
    it(file.slice(0, -".in.yaml".length).replaceAll("-", " "), async () => {
      await publish(resourcesFromYaml(await readGoldenInput(new URL(file, folder))));
      assert.deepEqual(rig.ads.refusals, []);
    });
  }
});

describe("a request", () => {
  it("goes to the listener that is closest to its host, also where that one has no route", async () => {
    const ports = await publish(resourcesFromYaml(await readGoldenInput(new URL("listeners.in.yaml", folder))));
    const port = ports.get(80) ?? 0;
    const statusOf = async (host: string): Promise<number> => (await httpGet(port, "/", { host })).status;
    // The Service has no endpoints: 503 says that a route was found.
    assert.equal(await statusOf("other.org"), 503);
    assert.equal(await statusOf("api.example.com"), 503);
    assert.equal(await statusOf("b.example.com"), 404);
    assert.equal(await statusOf("www.example.com"), 404);
  });

  it("to a backend that does not exist is answered 500, to one without endpoints 503", async () => {
    const ports = await publish(resourcesFromYaml(await readGoldenInput(new URL("backends.in.yaml", folder))));
    const port = ports.get(80) ?? 0;
    const statusOf = async (path: string): Promise<number> => (await httpGet(port, path)).status;
    assert.equal(await statusOf("/1"), 500);
    assert.equal(await statusOf("/5"), 500);
    assert.equal(await statusOf("/all-zero"), 500);
    assert.equal(await statusOf("/filters"), 503);
  });
});
