/** Addresses that a Gateway asks for, as those who call them and those who read its status see them. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { apply, kubectl, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { useAntechamber } from "../helpers/kube-antechamber.ts";
import { get } from "../helpers/kube-gateway.ts";

const namespace = "addresses";
/** Anybody in the test cluster may have it; nobody else has. */
const address = "10.88.128.77";

suite("addresses of a Gateway on Kubernetes", { skip: noCluster }, () => {
  useAntechamber();
  before(async () => {
    await kubectl(["create", "namespace", namespace]);
  });
  after(() => kubectl(["delete", "namespace", namespace, "--wait=false"]));

  test("one that was asked for is where it serves, and the only one of its status", async () => {
    await apply(gatewayAt([address]), namespace);
    await kubectl(["wait", "--for=condition=Programmed", "gateway/gw", "-n", namespace, "--timeout=60s"]);
    assert.equal(await ofStatus("{.addresses[*].value}"), address);
    const answer = await eventually("an answer", () => get(address, "/", 8080).catch(() => undefined));
    assert.equal(answer.status, 302);
  });

  test("one that nobody can give is named, and the others go on", async () => {
    await apply(gatewayAt([address, "unusable.example.com"]), namespace);
    const reason = '{.conditions[?(@.type=="Programmed")].reason}: {.conditions[?(@.type=="Programmed")].message}';
    await eventually("the reason", async () =>
      (await ofStatus(reason)) ===
      "AddressNotUsable: One or more Gateway addresses cannot be used: unusable.example.com"
        ? true
        : undefined,
    );
    assert.equal((await get(address, "/", 8080)).status, 302);
  });
});

function gatewayAt(addresses: readonly string[]): string {
  const asked = addresses.map((value) => ({ type: value.endsWith(".com") ? "Hostname" : "IPAddress", value }));
  return `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ${namespace}}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec:
  gatewayClassName: ${namespace}
  addresses: ${JSON.stringify(asked)}
  listeners: [{name: http, protocol: HTTP, port: 8080}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: gw}
spec:
  parentRefs: [{name: gw}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {statusCode: 302, hostname: example.com}}]}]
`;
}

function ofStatus(path: string): Promise<string> {
  return kubectl(["get", "gateway", "gw", "-n", namespace, "-o", `jsonpath=${path.replaceAll("{.", "{.status.")}`]);
}
