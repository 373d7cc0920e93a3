/** What is wrong with a Gateway's proxies, or refused by them, as `kubectl` shows it to whoever can mend it. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { apply, kubectl, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { adminApi, adminText, owner, useAntechamber } from "../helpers/kube-antechamber.ts";

const namespace = "refusals";

suite("refusals on Kubernetes", { skip: noCluster }, () => {
  useAntechamber();
  before(async () => {
    await kubectl(["create", "namespace", namespace]);
    // Its Envoys take smaller regular expressions than we do.
    await apply(
      gatewayOf("strict", {
        bootstrap: {
          type: "Merge",
          value: JSON.stringify({
            layeredRuntime: { layers: [{ name: "strict", staticLayer: { "re2.max_program_size.error_level": 100 } }] },
          }),
        },
      }),
      namespace,
    );
    await kubectl(["wait", "--for=condition=Programmed", "gateway/strict", "-n", namespace, "--timeout=60s"]);
  });
  after(() => kubectl(["delete", "namespace", namespace, "--wait=false"]));

  test("a route that a proxy refuses says so, with Events when it is refused and when it is taken again", async () => {
    await apply(routeOf("/bad/[a-z]{200}"), namespace);
    const message = '{.status.parents[0].conditions[?(@.type=="Programmed")].message}';
    const route = ["get", "httproute", "regex", "-n", namespace, "-o", `jsonpath=${message}`];
    await eventually("the refusal", async () => (/refused it.*regex/.test(await kubectl(route)) ? true : undefined));
    await eventRecorded("Warning Refused", /refused.*regex/);
    await apply(routeOf("/bad/[a-z]"), namespace);
    await eventRecorded("Normal TakenAgain", /no proxy refuses it/);
    await eventually("no refusal", async () => ((await kubectl(route)) === "" ? true : undefined));
  });

  test("a Gateway says why none of its objects could be written", async () => {
    const patch = { type: "StrategicMerge", value: { spec: { ports: [{ port: 80, protocol: "NO-SUCH" }] } } };
    await apply(gatewayOf("unwritten", { provider: provider({ envoyService: { patch } }) }), namespace);
    const condition = '{.status.conditions[?(@.type=="Programmed")]}';
    const programmed = ["get", "gateway", "unwritten", "-n", namespace, "-o", `jsonpath=${condition}`];
    await eventually("the reason", async () => {
      const { status, message = "" } = JSON.parse((await kubectl(programmed)) || "{}") as Readonly<
        Record<string, string>
      >;
      return /NO-SUCH/.test(message) ? { status, message } : undefined;
    });
  });

  test("a replica says whether it owns, and what it wrote", async () => {
    const { name } = await owner();
    assert.deepEqual(await adminApi("/api/v1/ownership"), { role: "owner", identity: name, holder: name });
    const metrics = await adminText("/metrics");
    assert.match(metrics, /^antechamber_owner 1$/m);
    assert.match(metrics, /^antechamber_status_writes_total\{kind="HTTPRoute",outcome="written"\} [1-9]/m);
  });
});

function gatewayOf(name: string, spec: Readonly<Record<string, unknown>>): string {
  return `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: ${name}}
spec: ${JSON.stringify({ provider: provider({}), ...spec })}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ${namespace}}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}}
spec:
  gatewayClassName: ${namespace}
  infrastructure: {parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: ${name}}}
  listeners: [{name: http, protocol: HTTP, port: 80}]
`;
}

function provider(kubernetes: object): object {
  return { type: "Kubernetes", kubernetes };
}

function routeOf(regex: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: regex}
spec:
  parentRefs: [{name: strict}]
  rules:
    - matches: [{path: {type: RegularExpression, value: "${regex}"}}]
      filters: [{type: RequestRedirect, requestRedirect: {statusCode: 302, hostname: example.com}}]
`;
}

/** `kind`: its type and reason. */
async function eventRecorded(kind: string, note: RegExp): Promise<void> {
  const each = '{range .items[*]}{.type} {.reason} {.message}{"\\n"}{end}';
  const args = [
    "get",
    "events",
    "-n",
    namespace,
    "--field-selector=involvedObject.name=regex",
    "-o",
    `jsonpath=${each}`,
  ];
  await eventually(`an Event ${kind}`, async () => {
    const found = (await kubectl(args)).split("\n").filter((line) => line.startsWith(kind) && note.test(line));
    return found.length === 1 ? true : undefined;
  });
}
