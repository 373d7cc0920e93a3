/** A real Envoy takes every setting and feature of a traffic policy, on every kind of backend; unknown fields are refused. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { EnvoyRig } from "../helpers/envoy-rig.ts";
import { backendOf, forward, makeGateway, makeRoute } from "../helpers/make-ir.ts";
import { freePort } from "../helpers/ports.ts";
import {
  features,
  pool,
  pools,
  service,
  services,
  toBoth,
  toPool,
  toService,
  withHttp2,
} from "../helpers/traffic-case.ts";

const rig = new EnvoyRig();
before(() => rig.start());
after(() => rig.stop());

const clusters = [...services, withHttp2, ...pools];

describe("Envoy", () => {
  it("takes every feature of a route and every setting of a cluster", async () => {
    const port = await freePort();
    const gateway = makeGateway(
      [
        { host: "plain.test", routes: features("service", toService, "none") },
        { host: "pool.test", model: { servedModels: [] }, routes: features("pool", toPool, "needs") },
        { host: "mix.test", model: { servedModels: [] }, routes: features("mix", toBoth, "needs") },
        {
          host: "*",
          model: { servedModels: [] },
          routes: clusters.map((cluster) =>
            makeRoute(cluster.key.replaceAll("/", "-"), forward([backendOf(cluster)]), { body: "needs" }),
          ),
        },
      ],
      [...clusters, service, pool],
      port,
    );
    const builder = createBuilder({
      bind: "127.0.0.1",
      streamIdleTimeoutMs: 1000,
      accessLogFlushMs: 300,
      reusePort: false,
    });
    await rig.publish(builder.build({ gateway, endpoints: new Map(), held: nothingHeld, sequence: 1 }), port);
    assert.deepEqual(rig.ads.refusals, []);
  });
});
