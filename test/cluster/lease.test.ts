/** Ownership and Events on a real API server. */
import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { createKubeApi } from "../../src/kube/client.ts";
import { createEventRecorder } from "../../src/kube/events.ts";
import { readLease, startLease } from "../../src/kube/lease.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { kubeconfig, kubectl, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";

test("a Lease that is released goes to the standby, and one that is not when it expires", {
  skip: noCluster,
}, async (t) => {
  const namespace = await makeNamespace(t, "lease");
  const api = await createKubeApi({ kubeconfig });
  t.after(() => api.close());
  const told: string[] = [];
  const join = (identity: string) =>
    startLease({
      api,
      clock: systemClock,
      log: silentLog,
      name: "owner",
      namespace,
      identity,
      onOwner: (isOwner, holder) => told.push(`${identity} ${isOwner ? "owns" : `sees ${holder}`}`),
    });
  const has = (line: string) => eventually(line, () => (told.includes(line) ? true : undefined), { timeoutMs: 12_000 });
  const a = join("a");
  await has("a owns");
  const b = join("b");
  t.after(() => b.stop());
  await has("b sees a");
  deepEqual(await readLease(api, namespace, "owner"), { holder: "a", isLive: true });
  const releasedMs = performance.now();
  await a.release();
  await has("b owns");
  t.diagnostic(`handed over in ${Math.round(performance.now() - releasedMs)} ms`);
  await has("a sees b");
  await a.stop();
  const gone = JSON.stringify({
    spec: { holderIdentity: "gone", renewTime: new Date().toISOString().replace("Z", "000Z") },
  });
  await kubectl(["patch", "lease", "owner", "-n", namespace, "--type=merge", "-p", gone]);
  await has("b sees gone");
  const lostMs = performance.now();
  told.length = 0;
  await has("b owns");
  t.diagnostic(`taken after ${Math.round(performance.now() - lostMs)} ms`);
});

test("an Event is what kubectl shows of the object", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "events");
  const api = await createKubeApi({ kubeconfig });
  t.after(() => api.close());
  const recorder = createEventRecorder({
    ...{ api, clock: systemClock, log: silentLog },
    component: "gateway.example.com/controller",
    instance: "pod-1",
  });
  const regarding = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", namespace, name: "r" };
  recorder.record({ regarding, type: "Warning", reason: "Refused", action: "Program", note: "Envoy refuses it" });
  const line = await eventually("the Event", async () => {
    const lines = await kubectl(["get", "events", "-n", namespace, "--no-headers"]);
    return lines.includes("Refused") ? lines : undefined;
  });
  match(line, /Warning +Refused +httproute\/r +Envoy refuses it/);
  equal(line.trim().split("\n").length, 1);
});
