/** What a cluster of 3,000 routes costs to read. */
import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { installCrds, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { sourceRig } from "../helpers/source-rig.ts";

const routes = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  kind: "HTTPRoute",
  plural: "httproutes",
  scope: "Namespaced",
} as const;

test("3,000 routes are read in pages", { skip: noCluster }, async (t) => {
  await installCrds("gateway");
  const namespace = await makeNamespace(t, "size");
  const { api, store: first, builds } = await sourceRig(t);
  const count = 3000;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      api.create(routes, {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { namespace, name: `r${index}` },
        spec: {
          parentRefs: [{ name: "g" }],
          hostnames: [`h${index}.example`],
          rules: [
            { matches: [{ path: { type: "PathPrefix", value: "/v1" } }], backendRefs: [{ name: "s", port: 80 }] },
          ],
        },
      }),
    ),
  );
  const written = performance.now() - startedMs;
  const has = (store: typeof first) =>
    [...store.configuration.get().httpRoutes.keys()].filter((key) => key.startsWith(`${namespace}/`)).length;
  while (has(first) < count && performance.now() - startedMs < 120_000)
    await new Promise((wake) => setTimeout(wake, 5));
  equal(has(first), count);
  t.diagnostic(
    `${count} written in ${Math.round(written)} ms, followed ${Math.round(performance.now() - startedMs - written)} ms later in ${builds()} steps`,
  );
  const heapBefore = heapMb();
  const cpuBefore = process.cpuUsage();
  const listedMs = performance.now();
  const second = await sourceRig(t);
  const tookMs = performance.now() - listedMs;
  const cpu = process.cpuUsage(cpuBefore);
  equal(has(second.store), count);
  const grownMb = heapMb() - heapBefore;
  t.diagnostic(
    `${count} listed in ${Math.round(tookMs)} ms, ${Math.round((cpu.user + cpu.system) / 1000)} ms CPU, heap +${grownMb} MB`,
  );
  ok(tookMs < 20_000);
});

/** Of what is reachable. */
function heapMb(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
}
