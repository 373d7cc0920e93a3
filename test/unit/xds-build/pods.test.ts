/** What a proxy in a Pod of its own gets by xDS, which one beside us has in its bootstrap. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterLoadAssignment } from "../../../src/gen/envoy/config/endpoint/v3/endpoint.ts";
import { Listener } from "../../../src/gen/envoy/config/listener/v3/listener.ts";
import { staticClusters } from "../../../src/lib/wire.ts";
import type { GatewayIr } from "../../../src/model/ir.ts";
import { type BuildInput, createBuilder } from "../../../src/xds/build/builder.ts";
import type { BuildOptions } from "../../../src/xds/build/options.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { findMissing, resourceTypes } from "../../../src/xds/snapshot.ts";
import { backendOf, forward, makeGateway, makeRoute, poolCluster } from "../../helpers/make-ir.ts";

const beside: BuildOptions = { bind: "0.0.0.0", streamIdleTimeoutMs: 1, accessLogFlushMs: 1, reusePort: true };
const options: BuildOptions = {
  ...beside,
  pod: {
    readyPort: 19003,
    serverName: "antechamber.ns.svc",
    certificate: { name: "certificate", path: "/sds/certificate.json" },
    authorities: { name: "authorities", path: "/sds/authorities.json" },
  },
};
const cluster = poolCluster("qwen");
const at = (port: number): GatewayIr =>
  makeGateway(
    [{ host: "*", routes: [makeRoute("r", forward([backendOf(cluster)], { timeoutMs: 1 }))] }],
    [cluster],
    port,
  );
const input = (change: Partial<BuildInput> = {}): BuildInput => ({
  gateway: at(80),
  endpoints: new Map(),
  held: nothingHeld,
  sequence: 1,
  ...change,
});
const picker = { ip: "10.0.0.7", port: 18001 };

const boundPort = (body: Uint8Array): number | undefined => {
  const { address } = Listener.decode(body);
  if (address?.address?.$case !== "socketAddress") return undefined;
  const { portSpecifier } = address.address.value;
  return portSpecifier?.$case === "portValue" ? portSpecifier.value : undefined;
};

describe("the snapshot for proxies in Pods", () => {
  it("binds listeners where no privilege is needed, under the names that they have anyway", () => {
    const { resources } = createBuilder(options).build(input());
    const listener = resources.listener.get("tcp-80");
    assert.equal(boundPort(listener?.body ?? Buffer.of()), 10080);
    const own = createBuilder(options).build(input({ usesListenerPorts: true }));
    assert.equal(boundPort(own.resources.listener.get("tcp-80")?.body ?? Buffer.of()), 80);
  });

  it("is ready by a listener that waits for what the others wait for", () => {
    const { resources } = createBuilder(options).build(input());
    const ready = resources.listener.get("envoy-gateway-proxy-ready-0.0.0.0-19003");
    assert.equal(boundPort(ready?.body ?? Buffer.of()), 19003);
    assert.deepEqual(ready?.needs, resources.listener.get("tcp-80")?.needs);
  });

  it("is closed, and its routes wait for the way to the picker", () => {
    const snapshot = createBuilder(options).build(input({ pickerAddress: picker }));
    assert.equal(findMissing(snapshot), undefined);
    const [route] = snapshot.resources.route.values();
    for (const name of [staticClusters.picker, staticClusters.accessLog]) assert.ok(route?.needs.includes(name));
    const endpoint = new Map(snapshot.resources.endpoint);
    endpoint.delete(staticClusters.picker);
    const broken = { ...snapshot, resources: { ...snapshot.resources, endpoint } };
    assert.equal(findMissing(broken)?.missing, staticClusters.picker);
  });

  it("tells of another picker by endpoints alone", () => {
    const { build } = createBuilder(options);
    const gateway = at(80);
    const first = build(input({ gateway, pickerAddress: picker })).resources;
    const second = build(input({ gateway, pickerAddress: { ip: "10.0.0.8", port: 18001 }, sequence: 2 })).resources;
    for (const type of resourceTypes) assert.equal(first[type] === second[type], type !== "endpoint", type);
    for (const name of [staticClusters.picker, staticClusters.accessLog]) {
      assert.notEqual(second.endpoint.get(name)?.version, first.endpoint.get(name)?.version);
    }
    assert.equal(second.endpoint.get(cluster.key), first.endpoint.get(cluster.key));
  });

  it("has nobody to ask without an address", () => {
    const { resources } = createBuilder(options).build(input());
    const assignment = ClusterLoadAssignment.decode(resources.endpoint.get(staticClusters.picker)?.body ?? Buffer.of());
    assert.deepEqual(assignment.endpoints ?? [], []);
  });

  it("has none of it for a proxy beside us", () => {
    const { resources } = createBuilder(beside).build(input({ pickerAddress: picker, usesListenerPorts: false }));
    assert.deepEqual([...resources.cluster.keys()], [cluster.key]);
    assert.deepEqual([...resources.listener.keys()], ["tcp-80"]);
    assert.equal(boundPort(resources.listener.get("tcp-80")?.body ?? Buffer.of()), 80);
  });
});
