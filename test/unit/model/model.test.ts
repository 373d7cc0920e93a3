import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import type { ModelResult } from "../../../src/model/result.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const model = () => createModel({ controllerName: "example.com/ours", mode: "files" });

function yaml({ listener = "name: http", routeHosts = "[]", more = "" } = {}): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours}
spec: {controllerName: example.com/ours}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec: {gatewayClassName: ours, listeners: [{${listener}, protocol: HTTP, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {parentRefs: [{name: gw}], hostnames: ${routeHosts}, rules: [{backendRefs: [{name: web, port: 80}]}]}
${more}`;
}

const hostsOf = ({ ir }: ModelResult): readonly string[] =>
  ir.get("default/gw")?.ports.flatMap(({ virtualHosts }) => virtualHosts.map(({ host }) => host)) ?? [];

describe("a model that has built before", () => {
  it("follows a listener whose hostname changed, also where no route is attached", () => {
    const lasting = model();
    const noRoute = (hostname: string): string =>
      yaml({ listener: `name: http, hostname: ${hostname}`, routeHosts: "[c.example.com]" });
    assert.deepEqual(hostsOf(lasting.build(resourcesFromYaml(noRoute("a.example.com")))), ["a.example.com"]);
    assert.deepEqual(hostsOf(lasting.build(resourcesFromYaml(noRoute("b.example.com")))), ["b.example.com"]);
  });

  it("follows a listener whose name alone changed", () => {
    const lasting = model();
    lasting.build(resourcesFromYaml(yaml({ listener: "name: first" })));
    const renamed = lasting.build(resourcesFromYaml(yaml({ listener: "name: second" })));
    assert.deepEqual(renamed.ir.get("default/gw")?.ports[0]?.listeners, ["second"]);
  });

  it("gives the identical Gateway where only what is nobody's business changed", () => {
    const lasting = model();
    const before = resourcesFromYaml(yaml());
    const first = lasting.build(before).ir.get("default/gw");
    const pods = resourcesFromYaml(yaml({ more: "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default}" }));
    assert.equal(lasting.build({ ...before, namespaces: pods.namespaces }).ir.get("default/gw"), first);
  });

  it("changes no other route's object and no other host when one route comes", () => {
    const lasting = model();
    const before = resourcesFromYaml(yaml());
    const other = resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other}
spec: {parentRefs: [{name: gw}], hostnames: [other.example.com], rules: [{backendRefs: [{name: web, port: 80}]}]}`);
    const [any] = lasting.build(before).ir.get("default/gw")?.ports[0]?.virtualHosts ?? [];
    const httpRoutes = new Map([...before.httpRoutes, ...other.httpRoutes]);
    const hosts = lasting.build({ ...before, httpRoutes }).ir.get("default/gw")?.ports[0]?.virtualHosts ?? [];
    assert.deepEqual(
      hosts.map(({ host }) => host),
      ["*", "other.example.com"],
    );
    assert.equal(hosts[0], any);
    assert.equal(hosts[1]?.routes[1], any?.routes[0]);
  });
});
