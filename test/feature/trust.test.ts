/** Certificates that live for seconds, with a real proxy: it can connect at every moment, whatever was rotated. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { secretResource, textsOf } from "../../src/trust/secret.ts";
import { Trust } from "../../src/trust/trust.ts";
import { FakeKube } from "../helpers/fake-kube.ts";
import { makeGateway } from "../helpers/make-ir.ts";
import { PodRig } from "../helpers/pod-rig.ts";
import { freePort } from "../helpers/ports.ts";
import { serverName } from "../helpers/trusted-world.ts";

const namespace = "envoy-gateway-system";
const proxy = { gateway: "default/gw", name: "envoy-default-gw", labels: {} };
/** Of the kubelet, which is a minute behind. */
const mountDelayMs = 300;

const rig = new PodRig();
const api = new FakeKube();
const trust = new Trust({
  api,
  clock: systemClock,
  log: silentLog,
  namespace,
  serverNames: [serverName],
  times: { authorityMs: 6_000, certificateMs: 3_000, overlapMs: 1_000, lookMs: 100 },
});
let mounting: NodeJS.Timeout;

before(async () => {
  trust.ensure([proxy]);
  trust.setOwner(true);
  await trust.start();
  await rig.start(1);
  trust.server.subscribe((certificates) => rig.world.server.set(certificates));
  rig.world.server.set(trust.server.get());
  await rig.startEnvoy(proxy.gateway);
  let mounted = "";
  mounting = setInterval(() => {
    const texts = textsOf(api.all(secretResource).find(({ metadata }) => metadata.name === proxy.name));
    const content = JSON.stringify(texts);
    if (content === mounted || texts["tls.crt"] === undefined) return;
    mounted = content;
    setTimeout(() => rig.mountFiles(texts), mountDelayMs);
  }, 50);
});
after(async () => {
  clearInterval(mounting);
  trust.stop();
  await rig.stop();
});

describe("a proxy whose certificates and authorities are rotated", () => {
  it("connects anew at every moment, over two changes of the authority", async () => {
    const gateway = makeGateway([{ host: "*", routes: [] }], [], await freePort());
    const { xds } = rig.replica(0);
    const authorities = new Set<string>();
    const untilMs = performance.now() + 12_000;
    let connections = 0;
    let longestMs = 0;
    await rig.acked(0, rig.publish(0, gateway, new Map()));
    while (performance.now() < untilMs) {
      const fromMs = performance.now();
      xds.setServing(false);
      xds.setServing(true);
      await rig.acked(0, rig.publish(0, gateway, new Map()));
      longestMs = Math.max(longestMs, performance.now() - fromMs);
      connections++;
      authorities.add(textsOf(api.read(secretResource, { namespace, name: "antechamber-ca" }))["tls.crt"] ?? "");
    }
    assert.ok(authorities.size >= 3, `${authorities.size} authorities`);
    assert.ok(connections >= 8, `${connections} connections`);
    // A refused handshake costs Envoy its pause of up to a second, more than once costs more.
    assert.ok(longestMs < 2_500, `${Math.round(longestMs)} ms to connect`);
  });
});
