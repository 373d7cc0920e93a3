import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { createInfrastructure, type Infrastructure } from "../../src/infra/kube/applier.ts";
import { objectName } from "../../src/infra/kube/names.ts";
import { plan } from "../../src/infra/kube/objects.ts";
import type { InfrastructureSettings } from "../../src/infra/kube/settings.ts";
import { createKubeApi, type KubeClient } from "../../src/kube/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { type EnvoyProxySpec, noEnvoyProxy } from "../../src/model/envoy-proxy-spec.ts";
import type { InfrastructureIr } from "../../src/model/infrastructure.ts";
import type { Log } from "../../src/observe/log.ts";
import { kubeconfig, kubectl, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { makeInfrastructure, makeSettings } from "../helpers/make-infrastructure.ts";

const gateway = "default/inference-gateway";
const name = objectName(gateway);
const wanted = makeInfrastructure({ key: gateway, ports: [{ port: 8081, protocol: "HTTP", listeners: ["llm-gw"] }] });
const ofGateway =
  "gateway.envoyproxy.io/owning-gateway-namespace=default,gateway.envoyproxy.io/owning-gateway-name=inference-gateway";

let api: KubeClient;

describe("infrastructure on a real API server", { skip: noCluster }, () => {
  before(async () => {
    api = await createKubeApi({ kubeconfig });
  });
  after(() => api.close());

  it("is made, and found by the scenario's command", async (t) => {
    const started = await start(t);
    const { namespace } = started;
    await want(started, wanted);
    const line = ["get", "svc", "-n", namespace, "-l", ofGateway, "-o", "jsonpath={.items[0].spec.clusterIP}"];
    assert.match(await kubectl(line), /^[0-9.]+$/);
    const kinds = await kubectl(["get", "sa,cm,deploy,svc", "-n", namespace, "-l", ofGateway, "-o", "name"]);
    assert.equal(kinds.trim().split("\n").length, 4);
    await eventually("its Pod", async () =>
      (await kubectl(["get", "pods", "-n", namespace, "-l", ofGateway, "-o", "name"])) === "" ? undefined : true,
    );
  });

  it("says why its Pods are not made", async (t) => {
    const { infrastructure } = await start(t);
    const one = readGolden("every-setting");
    infrastructure.apply(new Map([[one.key, one]]));
    infrastructure.setOwner(true);
    const problem = await eventually("a problem", () => infrastructure.state.get().get(one.key)?.problem);
    assert.match(problem, /^Deployment \S+: pods .* is forbidden: no PriorityClass with name high/);
  });

  for (const golden of ["default", "gateway", "every-setting", "cluster-ip"]) {
    it(`is accepted: ${golden.replaceAll("-", " ")}`, async (t) => {
      await kubectl(["apply", "-f", "-"], priorityClass);
      t.after(() => kubectl(["delete", "-f", "-"], priorityClass));
      const started = await start(t);
      const one = readGolden(golden);
      await want(started, one);
      const planned = plan(one, started.settings);
      for (const object of planned.kind === "objects" ? planned.objects : []) {
        const { namespace, name: its } = object.metadata;
        await kubectl(["get", object.kind, its, "-n", namespace]);
      }
    });
  }

  it("is put right where somebody edits or deletes it", async (t) => {
    const started = await start(t);
    const { namespace } = started;
    await want(started, wanted);
    await kubectl(["scale", "deployment", name, "-n", namespace, "--replicas=0"]);
    await eventually(
      "one replica",
      async () => (await field(namespace, "deployment", "{.spec.replicas}")) === "1" || undefined,
    );
    const uid = await field(namespace, "service", "{.metadata.uid}");
    await kubectl(["delete", "service", name, "-n", namespace]);
    await eventually("another Service", async () => {
      const now = await field(namespace, "service", "{.metadata.uid}");
      return (now !== "" && now !== uid) || undefined;
    });
  });

  it("is not written again by a process that finds it as it should be", async (t) => {
    const started = await start(t);
    const { namespace, settings } = started;
    await want(started, wanted);
    await started.infrastructure.stop();
    const versions = () =>
      field(
        namespace,
        "deployment,service,configmap,serviceaccount",
        "{.metadata.generation}/{.metadata.managedFields[?(@.manager=='antechamber')].time}",
      );
    const before = await versions();
    await want(create(t, settings), wanted);
    assert.equal(await versions(), before);
  });

  it("takes over what Envoy Gateway has left, without what only that had set", async (t) => {
    const started = await start(t);
    const { namespace, settings } = started;
    const planned = plan(wanted, settings);
    const ours = planned.kind === "objects" ? planned.objects.find(({ kind }) => kind === "Deployment") : undefined;
    const theirs = structuredClone(ours) as unknown as TheirDeployment;
    theirs.metadata.annotations = {};
    theirs.spec.template.spec.containers[0]?.env.push({ name: "THEIRS", value: "x" });
    const args = ["apply", "--server-side", "--field-manager=envoy-gateway", "-f", "-"];
    await kubectl(args, JSON.stringify(theirs));
    const uid = await field(namespace, "deployment", "{.metadata.uid}");
    const env = "{.spec.template.spec.containers[0].env[*].name}";
    assert.match(await field(namespace, "deployment", env), /THEIRS/);
    await want(started, wanted);
    assert.doesNotMatch(await field(namespace, "deployment", env), /THEIRS/);
    assert.equal(await field(namespace, "deployment", "{.metadata.uid}"), uid);
  });

  it("keeps its replicas when an autoscaler takes over", async (t) => {
    const started = await start(t);
    const { namespace } = started;
    const withProvider = (kubernetes: object): InfrastructureIr => ({
      ...wanted,
      proxy: { ...noEnvoyProxy, provider: { type: "Kubernetes", kubernetes } } as EnvoyProxySpec,
    });
    await want(started, withProvider({ envoyDeployment: { replicas: 3 } }));
    const before = started.applied.length;
    started.infrastructure.apply(new Map([[gateway, withProvider({ envoyHpa: { minReplicas: 2, maxReplicas: 5 } })]]));
    await eventually("Deployment and autoscaler", () => (started.applied.length >= before + 2 ? true : undefined));
    assert.equal(await field(namespace, "deployment", "{.spec.replicas}"), "3");
  });

  it("goes with its Gateway", async (t) => {
    const started = await start(t);
    const { namespace } = started;
    await want(started, wanted);
    const planned = plan(wanted, started.settings);
    const { metadata } = (planned.kind === "objects" ? planned.objects[0] : undefined) ?? {};
    await kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata }));
    started.infrastructure.apply(new Map());
    const all = ["get", "sa,cm,deploy,svc,secret", "-n", namespace, "-l", ofGateway, "-o", "name"];
    await eventually("nothing left", async () => ((await kubectl(all)) === "" ? true : undefined));
  });
});

/** That every-setting names. */
const priorityClass = JSON.stringify({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name: "high" },
  value: 1,
});

interface TheirDeployment {
  readonly metadata: { annotations: Record<string, string> };
  readonly spec: { readonly template: { readonly spec: { readonly containers: { readonly env: unknown[] }[] } } };
}

interface Started {
  readonly infrastructure: Infrastructure;
  readonly settings: InfrastructureSettings;
  /** "kind/name" of what was written, in order. */
  readonly applied: readonly string[];
}

async function start(t: TestContext): Promise<Started & { readonly namespace: string }> {
  const namespace = await makeNamespace(t, "infra");
  const settings = makeSettings({ controllerName: "example.com/controller", namespace });
  return { ...create(t, settings), namespace };
}

function create(t: TestContext, settings: InfrastructureSettings): Started {
  const applied: string[] = [];
  const note: Log["info"] = ({ object }, message) =>
    void (message === "infrastructure applied" && applied.push(String(object)));
  const log: Log = {
    debug: note,
    info: note,
    warn: () => {},
    error: () => {},
    child: () => log,
  };
  const options = { api, clock: systemClock, random: Math.random, log, settings, fieldManager: "antechamber" };
  const infrastructure = createInfrastructure(options);
  t.after(() => infrastructure.stop());
  return { infrastructure, settings, applied };
}

/** Until all of it is applied. */
async function want({ infrastructure, applied, settings }: Started, one: InfrastructureIr): Promise<void> {
  const planned = plan(one, settings);
  const objects = planned.kind === "objects" ? planned.objects : [];
  infrastructure.apply(new Map([[one.key, one]]));
  infrastructure.setOwner(true);
  await eventually("all objects", () => {
    const problem = infrastructure.state.get().get(one.key)?.problem;
    if (problem !== undefined) throw new Error(problem);
    return applied.length >= objects.length && objects.length > 0 ? true : undefined;
  });
}

async function field(namespace: string, kind: string, path: string): Promise<string> {
  const range = `{range .items[*]}${path} {end}`;
  const args = ["get", kind, "-n", namespace, "-l", ofGateway, "-o", `jsonpath=${range}`];
  return (await kubectl(args)).trim();
}

function readGolden(file: string): InfrastructureIr {
  const text = readFileSync(new URL(`../golden/infra/${file}.in.yaml`, import.meta.url), "utf8");
  const { gateway: key, proxy, ...given } = parse(text) as Partial<InfrastructureIr> & { readonly gateway: string };
  return makeInfrastructure({ ...given, key, proxy: { ...noEnvoyProxy, ...(proxy as EnvoyProxySpec) } });
}
