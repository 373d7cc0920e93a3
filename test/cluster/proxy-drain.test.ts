/** A Gateway's Pod as it is made, but that its Envoy has a configuration of the test's in place of ours by xDS. */
import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, it } from "node:test";
import { objectName } from "../../src/infra/kube/names.ts";
import { plan } from "../../src/infra/kube/objects.ts";
import type { Json } from "../../src/lib/json.ts";
import { readyPrefix } from "../../src/lib/stat-prefixes.ts";
import { type EnvoyProxySpec, noEnvoyProxy } from "../../src/model/envoy-proxy-spec.ts";
import { kubectl, makeNamespace, noCluster, podsReady } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { makeInfrastructure, makeSettings } from "../helpers/make-infrastructure.ts";

/** Of the test itself, in the cluster's network. */
const host = "10.88.0.1";
const gateway = "default/eg";
const name = objectName(gateway);
const ofGateway = "gateway.envoyproxy.io/owning-gateway-name=eg";

let model: Server;
let answering: ServerResponse | undefined;

before(async () => {
  model = createServer((request, response) => {
    if (request.url !== "/long") return response.end("short");
    answering = response;
    return response.write("first,");
  });
  await new Promise<void>((done) => model.listen(0, host, done));
});

after(() => {
  model.closeAllConnections();
  model.close();
});

it("a Pod that is rolled fails no request and cuts no answer", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "drain");
  const planned = plan(infrastructure(), makeSettings({ namespace }));
  const objects = planned.kind === "objects" ? planned.objects : [];
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
  const manifests = [secret, ...objects].map((object) => JSON.stringify(object)).join("\n---\n");
  await kubectl(["apply", "--server-side", "-f", "-"], manifests);
  await podsReady(namespace, ofGateway, 1);
  const get = async (path: string): Promise<string> =>
    (await kubectl(["get", "-n", namespace, "-l", ofGateway, ...path.split(" ")])).trim();
  const address = await get("service -o jsonpath={.items[0].spec.clusterIP}");
  const url = `http://${address}:80`;
  await eventually("an answer", async () => (await fetch(url)).ok || undefined);
  const first = await get("pods -o jsonpath={.items[0].metadata.name}");

  const long = fetch(`${url}/long`).then((answer) => answer.text());
  await eventually("the long answer runs", () => answering);
  const load = startLoad(url);
  await kubectl(["rollout", "restart", "deployment", name, "-n", namespace]);
  await eventually(
    "another Pod serves",
    async () => {
      const ready = await get("pods -o jsonpath={.items[?(@.status.containerStatuses[0].ready==true)].metadata.name}");
      return (ready !== "" && !ready.split(" ").includes(first)) || undefined;
    },
    { timeoutMs: 60_000, everyMs: 300 },
  );
  // Longer than the least time of a drain: the Pod is there for the one answer alone.
  await new Promise((done) => setTimeout(done, 4_000));
  assert.ok((await get("pods -o name")).includes(first));
  answering?.end("last");
  assert.equal(await long, "first,last");
  await eventually("the first Pod's end", async () => !(await get("pods -o name")).includes(first) || undefined, {
    timeoutMs: 30_000,
    everyMs: 300,
  });
  const { served, failed } = await load.stop();
  assert.deepEqual(failed, []);
  assert.ok(served > 100);
});

/** One request after the other on four connections. */
function startLoad(url: string) {
  let isOver = false;
  let served = 0;
  const failed: string[] = [];
  const client = async (): Promise<void> => {
    while (!isOver) {
      try {
        const answer = await fetch(url);
        await answer.text();
        if (answer.status === 200) served++;
        else failed.push(String(answer.status));
      } catch (error) {
        failed.push(String((error as Error).cause ?? error));
      }
      await new Promise((done) => setTimeout(done, 10));
    }
  };
  const clients = [client(), client(), client(), client()];
  return {
    async stop() {
      isOver = true;
      await Promise.all(clients);
      return { served, failed };
    },
  };
}

function infrastructure() {
  const args = ["--config-yaml", JSON.stringify(config((model.address() as AddressInfo).port))];
  const own = ["--service-cluster", gateway, "--service-node", "$(ENVOY_POD_NAME)", "--concurrency", "1"];
  const envoy = {
    name: "envoy",
    args: [...args, ...own, "--disable-hot-restart", "--drain-strategy", "immediate", "--log-level", "error"],
    readinessProbe: { periodSeconds: 1 },
  };
  const provider: EnvoyProxySpec["provider"] = {
    type: "Kubernetes",
    kubernetes: {
      envoyService: { type: "ClusterIP", externalTrafficPolicy: "Local" },
      envoyDeployment: {
        patch: { type: "StrategicMerge", value: { spec: { template: { spec: { containers: [envoy] } } } } },
      },
    },
  };
  const shutdown = { minDrainDuration: "3s", drainTimeout: "60s" };
  return makeInfrastructure({ key: gateway, proxy: { ...noEnvoyProxy, provider, shutdown } });
}

function config(upstream: number): Json {
  const address = (ip: string, port: number): Json => ({ socket_address: { address: ip, port_value: port } });
  const listener = (port: number, statPrefix: string, route: Json, filters: readonly Json[] = []): Json => ({
    name: statPrefix,
    address: address("0.0.0.0", port),
    filter_chains: [
      {
        filters: [
          {
            name: "hcm",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: statPrefix,
              route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }] },
              http_filters: [
                ...filters,
                {
                  name: "router",
                  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
            },
          },
        ],
      },
    ],
  });
  const healthCheck: Json = {
    name: "health_check",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck",
      pass_through_mode: false,
      headers: [{ name: ":path", string_match: { exact: "/ready" } }],
    },
  };
  return {
    admin: { address: address("127.0.0.1", 19_000) },
    static_resources: {
      listeners: [
        listener(10_080, "http-10080", { match: { prefix: "/" }, route: { cluster: "model", timeout: "0s" } }),
        listener(19_003, readyPrefix, { match: { prefix: "/" }, direct_response: { status: 500 } }, [healthCheck]),
      ],
      clusters: [
        {
          name: "model",
          type: "STATIC",
          load_assignment: {
            cluster_name: "model",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(host, upstream) } }] }],
          },
        },
      ],
    },
  };
}
