/**
 * The product in the test cluster that this process runs inside: one replica, one Gateway with its Envoy, and the
 * processes that they are. Pods are processes of the machine, so their times are read from /proc.
 */
import { readFileSync } from "node:fs";
import { createKubeApi, type KubeClient } from "../../../../src/kube/client.ts";
import { apply, installCrds, kubeconfig, kubectl } from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { commandName, processTree } from "../../process/cpu.ts";
import { gatewayYaml, type ServerAddress } from "../apps.ts";
import type { Roles } from "../measured.ts";
import { type NamedServer, startNamedServer } from "../servers.ts";
import { type FollowedRoutes, followRoutes } from "./followed-routes.ts";

export interface World {
  readonly api: KubeClient;
  /** Where clients reach the Gateway. */
  readonly gateway: ServerAddress;
  /** Two servers, which answer with these names. */
  readonly before: NamedServer;
  readonly after: NamedServer;
  readonly routes: FollowedRoutes;
  readonly roles: Roles<"ante" | "envoy" | "apiServer">;
  stop(): Promise<void>;
}

export const programNamespace = "envoy-gateway-system";
const manifests = new URL("../../../../manifests/install.yaml", import.meta.url);
const gatewayPort = 80;
const patience = { timeoutMs: 60_000, everyMs: 100 };
/** In the part of the cluster's network that anybody may bind. */
const serverAddresses = { before: "10.88.128.10", after: "10.88.128.11" };

export async function createWorld(): Promise<World> {
  await installCrds("gateway");
  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], oneReplica());
  await apply(gatewayYaml(gatewayPort));
  await kubectl(["rollout", "status", "deployment/antechamber", "-n", programNamespace, "--timeout=60s"]);
  await kubectl(["wait", "--for=condition=Programmed", "gateway/bench", "--timeout=60s"]);
  const address = await kubectl(["get", "gateway", "bench", "-o", "jsonpath={.status.addresses[0].value}"]);
  await eventually("an answer of the Gateway", () => fetch(`http://${address}:${gatewayPort}/`), patience);
  const [before, after] = [
    await startNamedServer("before", serverAddresses.before),
    await startNamedServer("after", serverAddresses.after),
  ];
  const api = await createKubeApi({ kubeconfig });
  const routes = followRoutes(api);
  return {
    api,
    routes,
    gateway: { address, port: gatewayPort },
    before,
    after,
    roles: {
      ante: () => podProcesses(isServe),
      envoy: () => podProcesses((pid) => commandName(pid) === "envoy"),
      apiServer: () => [pidOf("apiserver")],
    },
    async stop() {
      await Promise.all([routes.stop(), before.stop(), after.stop()]);
      api.close();
    },
  };
}

/** Lines of the program, for who has to find out what went wrong. */
export async function lastLines(): Promise<string> {
  return kubectl(["logs", "deployment/antechamber", "-n", programNamespace]).then(
    (text) => text.trimEnd().split("\n").slice(-15).join("\n"),
    (error: unknown) => String(error),
  );
}

function oneReplica(): string {
  const text = readFileSync(manifests, "utf8");
  const one = text.replace(/^ {2}replicas: \d+$/m, "  replicas: 1");
  if (!/^ {2}replicas: 1$/m.test(one))
    throw new Error("Cannot install one replica: install.yaml says no number of them");
  return one;
}

function podProcesses(isMeant: (pid: number) => boolean): readonly number[] {
  return processTree(pidOf("agent")).filter(isMeant);
}

function isServe(pid: number): boolean {
  try {
    return /src\/app\/main\.ts\0serve\0/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
}

/** Of a component of the cluster. */
function pidOf(component: string): number {
  return Number(readFileSync(`${process.env["TC_STATE"]}/run/${component}.pid`, "utf8"));
}
