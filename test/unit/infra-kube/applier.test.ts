import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createInfrastructure, type Infrastructure } from "../../../src/infra/kube/applier.ts";
import { infrastructureKinds, kindNamed, secretKind } from "../../../src/infra/kube/kinds.ts";
import { controllerAnnotation, selectorLabels } from "../../../src/infra/kube/labels.ts";
import { objectName } from "../../../src/infra/kube/names.ts";
import { KubeError, type KubeObject } from "../../../src/kube/api.ts";
import type { InfrastructureIr } from "../../../src/model/infrastructure.ts";
import { type Log, type LogFields, silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { FakeKube } from "../../helpers/fake-kube.ts";
import { makeInfrastructure, makeSettings } from "../../helpers/make-infrastructure.ts";

const namespace = "envoy-gateway-system";
const controllerName = "example.com/controller";
const settings = makeSettings({ controllerName });
const name = objectName("default/eg");
const eg = makeInfrastructure({ key: "default/eg" });

let kube: FakeKube;
let clock: FakeClock;
let infrastructure: Infrastructure;

function start(log: Log = silentLog): Infrastructure {
  return createInfrastructure({ api: kube, clock, random: () => 0.5, log, settings, fieldManager: "antechamber" });
}

beforeEach(() => {
  kube = new FakeKube();
  clock = new FakeClock();
  infrastructure = start();
});

afterEach(() => infrastructure.stop());

/** Until nothing is left that only waits for an answer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((done) => setImmediate(done));
}

async function want(...wanted: readonly InfrastructureIr[]): Promise<void> {
  infrastructure.apply(new Map(wanted.map((one) => [one.key, one])));
  await settle();
}

function writes(): readonly string[] {
  return kube.calls
    .filter(({ verb }) => verb === "apply" || verb === "delete")
    .map(({ verb, resource, key }) => `${verb} ${resource.kind} ${key.slice(namespace.length + 1)}`);
}

function existing(): readonly string[] {
  return infrastructureKinds.flatMap((resource) =>
    kube.all(resource).map(({ metadata }) => `${resource.kind}/${metadata.name}`),
  );
}

function put(kind: string, change: (object: KubeObject) => KubeObject): void {
  kube.put(kindNamed(kind), change(kube.read(kindNamed(kind), { namespace, name })));
}

function withSpec(spec: Readonly<Record<string, unknown>>): (object: KubeObject) => KubeObject {
  return (object) => ({ ...object, spec: { ...(object["spec"] as object), ...spec } });
}

const all = ["ServiceAccount", "ConfigMap", "Deployment", "Service"];

describe("infrastructure on Kubernetes", () => {
  describe("of which a watch tells more than the answer to its write, and sooner", () => {
    /** Once: happens to the Service between the write and its answer. */
    function meanwhile(happens: (answer: KubeObject) => void): void {
      const apply = kube.apply.bind(kube);
      kube.apply = async (...args) => {
        const answer = await apply(...args);
        if (answer.kind !== "Service") return answer;
        kube.apply = apply;
        happens(answer);
        await settle();
        return answer;
      };
    }

    it("shows the address that a load balancer has got", async () => {
      const loadBalancer = { ingress: [{ ip: "192.0.2.9" }] };
      meanwhile((answer) => kube.put(kindNamed("Service"), { ...answer, status: { loadBalancer } }));
      infrastructure.setOwner(true);
      await want(eg);
      await settle();
      assert.deepEqual(infrastructure.state.get().get("default/eg")?.addresses, [
        { type: "IPAddress", value: "192.0.2.9" },
      ]);
    });

    it("is made again where it was deleted", async () => {
      meanwhile((answer) => kube.remove(kindNamed("Service"), answer.metadata));
      infrastructure.setOwner(true);
      await want(eg);
      await settle();
      clock.advance(60_000);
      await settle();
      assert.ok(existing().includes(`Service/${name}`));
    });
  });

  it("is applied in order, by the owner only, and once", async () => {
    await want(eg);
    assert.deepEqual(writes(), []);
    infrastructure.setOwner(true);
    await settle();
    assert.deepEqual(
      writes(),
      all.map((kind) => `apply ${kind} ${name}`),
    );
    await want({ ...eg });
    assert.equal(writes().length, all.length);
  });

  it("is told of where it changes, and not where a new owner finds all as it should be", async () => {
    const told: string[] = [];
    const log = { ...silentLog, info: ({ object }: LogFields) => void told.push(String(object)) };
    for (const concurrency of [1, 1, 2]) {
      await infrastructure.stop();
      infrastructure = start(log);
      infrastructure.setOwner(true);
      await want({ ...eg, proxy: { ...eg.proxy, concurrency } });
    }
    assert.deepEqual(
      told,
      [...all, "Deployment"].map((kind) => `${kind}/${name}`),
    );
  });

  it("is not touched before anybody has said what is wanted", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    await infrastructure.stop();
    infrastructure = start();
    infrastructure.setOwner(true);
    await settle();
    assert.equal(existing().length, all.length);
  });

  it("changes only the object that is to change", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    await want({ ...eg, ports: [{ port: 443, protocol: "HTTPS", listeners: ["https"] }] });
    assert.deepEqual(writes().slice(all.length), [`apply Service ${name}`]);
  });

  it("is put right where somebody edits or deletes it", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    put("Service", withSpec({ type: "ClusterIP" }));
    await settle();
    assert.equal(
      (kube.read(kindNamed("Service"), { namespace, name })["spec"] as { type: string }).type,
      "LoadBalancer",
    );
    kube.remove(kindNamed("Deployment"), { namespace, name });
    await settle();
    assert.deepEqual(writes().slice(all.length), [`apply Service ${name}`, `apply Deployment ${name}`]);
  });

  it("is put right where somebody takes away the label by which it is followed", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    const { "app.kubernetes.io/managed-by": managedBy, ...labels } = selectorLabels("default/eg");
    put("Service", (object) => ({ ...object, metadata: { ...object.metadata, labels } }));
    kube.compact();
    kube.breakWatches(new KubeError("too old", 410, "Expired"));
    await settle();
    const { metadata } = kube.read(kindNamed("Service"), { namespace, name });
    assert.equal(metadata.labels?.["app.kubernetes.io/managed-by"], managedBy);
  });

  it("leaves alone what others add: defaults, status, fields that nobody here wants", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    put("Service", withSpec({ clusterIP: "10.0.0.7", sessionAffinity: "None" }));
    put("Deployment", (object) => ({ ...object, status: { readyReplicas: 1 } }));
    await settle();
    assert.equal(writes().length, all.length);
  });

  it("does not fight without pause with who changes it back", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    for (let round = 0; round < 5; round++) {
      put("Service", withSpec({ type: "ClusterIP" }));
      await settle();
    }
    assert.equal(writes().length, all.length + 1);
    clock.advance(1_000);
    await settle();
    assert.equal(writes().length, all.length + 2);
  });

  it("is removed with its Gateway, by whichever process comes to see it", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    await infrastructure.stop();
    infrastructure = start();
    infrastructure.setOwner(true);
    await want();
    assert.deepEqual(existing(), []);
  });

  it("takes the certificate of its proxies with it, and no sooner", async () => {
    const annotations = { [controllerAnnotation]: controllerName };
    const metadata = { namespace, name, labels: selectorLabels("default/eg"), annotations };
    kube.put(secretKind, { apiVersion: "v1", kind: "Secret", metadata, data: { "tls.key": "c2VjcmV0" } });
    infrastructure.setOwner(true);
    await want(eg);
    assert.equal(kube.all(secretKind).length, 1);
    await want();
    assert.equal(kube.all(secretKind).length, 0);
  });

  it("loses the object that it does not ask for any more", async () => {
    infrastructure.setOwner(true);
    const budget = { type: "Kubernetes", kubernetes: { envoyPDB: { minAvailable: 1 } } } as const;
    await want({ ...eg, proxy: { ...eg.proxy, provider: budget } });
    assert.ok(existing().includes(`PodDisruptionBudget/${name}`));
    await want(eg);
    assert.ok(!existing().includes(`PodDisruptionBudget/${name}`));
  });

  it("stays as it is while the Gateway has a problem", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    await want({ ...eg, problem: { reason: "InvalidParameters", message: "none" } });
    assert.equal(existing().length, all.length);
    assert.equal(writes().length, all.length);
  });

  it("does not take what somebody else has under its name, and says so", async () => {
    const other = { apiVersion: "v1", kind: "Service", metadata: { namespace, name }, spec: {} };
    kube.put(kindNamed("Service"), other);
    infrastructure.setOwner(true);
    await want(eg);
    assert.match(infrastructure.state.get().get("default/eg")?.problem ?? "", /one exists that is not this Gateway's/);
    assert.ok(!writes().includes(`apply Service ${name}`));
  });

  it("neither takes nor removes what another controller made", async () => {
    const annotations = { [controllerAnnotation]: "example.com/other" };
    const labels = selectorLabels("default/eg");
    kube.put(kindNamed("Service"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name, labels, annotations },
    });
    infrastructure.setOwner(true);
    await want(eg);
    assert.match(infrastructure.state.get().get("default/eg")?.problem ?? "", /it is of controller example.com\/other/);
    await want();
    assert.deepEqual(existing(), [`Service/${name}`]);
  });

  it("takes over what Envoy Gateway has left of the same Gateway, and keeps its hands off the rest", async () => {
    const left = (gateway: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name: objectName(gateway), labels: selectorLabels(gateway) },
    });
    kube.put(kindNamed("Service"), left("default/eg"));
    kube.put(kindNamed("Service"), left("default/theirs"));
    infrastructure.setOwner(true);
    await want(eg);
    const released = kube.calls.filter(({ fieldManager }) => fieldManager === "envoy-gateway");
    assert.deepEqual(
      released.map(({ body }) => (body as KubeObject).metadata),
      [{ namespace, name }],
    );
    assert.ok(existing().includes(`Service/${objectName("default/theirs")}`));
  });

  it("is tried again where the API server refuses, and says why meanwhile", async () => {
    kube.refuse = ({ verb, resource }) =>
      verb === "apply" && resource.kind === "Deployment"
        ? new KubeError("quota exceeded", 403, "Forbidden")
        : undefined;
    infrastructure.setOwner(true);
    await want(eg);
    assert.match(infrastructure.state.get().get("default/eg")?.problem ?? "", /quota exceeded/);
    assert.ok(existing().includes(`Service/${name}`), "the others are applied all the same");
    kube.refuse = () => undefined;
    clock.advance(1_000);
    await settle();
    assert.ok(existing().includes(`Deployment/${name}`));
    assert.equal(infrastructure.state.get().get("default/eg")?.problem, undefined);
  });

  it("is not written any more by who has lost the Lease", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    infrastructure.setOwner(false);
    kube.remove(kindNamed("Deployment"), { namespace, name });
    await want();
    assert.equal(writes().length, all.length);
  });

  it("tells addresses and replicas", async () => {
    infrastructure.setOwner(true);
    await want(eg);
    const state = (): unknown => infrastructure.state.get().get("default/eg");
    assert.deepEqual(state(), { addresses: [], readyReplicas: 0, replicas: 1 });
    put("Service", (object) => ({
      ...object,
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "lb.example.com" }] } },
    }));
    put("Deployment", (object) => ({ ...object, status: { readyReplicas: 1 } }));
    await settle();
    assert.deepEqual(state(), {
      addresses: [
        { type: "IPAddress", value: "192.0.2.1" },
        { type: "Hostname", value: "lb.example.com" },
      ],
      readyReplicas: 1,
      replicas: 1,
    });
  });

  it("plans without writing", async () => {
    await want(eg);
    assert.deepEqual(
      infrastructure.planned().map(({ kind }) => kind),
      all,
    );
    assert.deepEqual(writes(), []);
  });
});
