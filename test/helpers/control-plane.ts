/** What may happen to the replicas of the program in the test cluster, and what is seen of who owns. */
import { readdirSync, readFileSync } from "node:fs";
import { kubectl } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { adminApi, type ReplicaPod, replicaPods, systemNamespace } from "./kube-antechamber.ts";

const lease = "antechamber.gateway.envoyproxy.io-gatewayclass-controller";
export const deployment = "deployment/antechamber";

export async function leaseHolder(): Promise<string> {
  return (
    await kubectl(["get", "lease", lease, "-n", systemNamespace, "-o", "jsonpath={.spec.holderIdentity}"])
  ).trim();
}

/** Somebody writes that `holder` has it from now on. */
export async function stealLease(holder: string): Promise<void> {
  const renewTime = new Date().toISOString().replace("Z", "000Z");
  const patch = JSON.stringify({ spec: { holderIdentity: holder, renewTime } });
  await kubectl(["patch", "lease", lease, "-n", systemNamespace, "--type=merge", "-p", patch]);
}

/** Resolves once one other than `before` owns by its label and by the Lease, and `ready` replicas are Ready. */
export function nextOwner(before: string, ready = 1): Promise<ReplicaPod> {
  return eventually(
    `an owner after ${before}`,
    async () => {
      const pods = await replicaPods();
      const owners = pods.filter(({ isOwner }) => isOwner);
      const [owner] = owners;
      if (owner === undefined || owners.length > 1 || owner.name === before) return undefined;
      if (pods.filter(({ isReady }) => isReady).length < ready) return undefined;
      return (await leaseHolder()) === owner.name ? owner : undefined;
    },
    { timeoutMs: 90_000, everyMs: 200 },
  );
}

/** How many requests wait in the queues of one replica. */
export async function waitingAt(replica: ReplicaPod): Promise<number> {
  const queues = await adminApi<readonly { readonly waiting: number }[]>("/api/v1/queues", replica);
  return queues.reduce((sum, { waiting }) => sum + waiting, 0);
}

/** The process is gone without a word; its Pod stays, and the program is started again there. */
export function killProcess(replica: Pick<ReplicaPod, "name">): void {
  signal(replica, "SIGKILL");
}

/** It answers nobody and ends no connection, as when its node is cut off. The result lets it go on. */
export function freezeProcess(replica: Pick<ReplicaPod, "name">): () => void {
  signal(replica, "SIGSTOP");
  return () => signal(replica, "SIGCONT");
}

/** The Pod and its address are gone without a word; its Deployment makes another. */
export async function killPod({ name }: Pick<ReplicaPod, "name">): Promise<void> {
  const atOnce = ["--force", "--grace-period=0", "--wait=false", "--ignore-not-found"];
  await kubectl(["delete", "pod", name, "-n", systemNamespace, ...atOnce]);
}

export async function scale(count: number): Promise<void> {
  await kubectl(["scale", deployment, "-n", systemNamespace, `--replicas=${count}`]);
}

function signal({ name }: Pick<ReplicaPod, "name">, what: NodeJS.Signals): void {
  const found = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && isProcessOf(entry, name));
  if (found.length === 0) throw new Error(`Cannot send ${what} to the process of ${name}: there is none`);
  for (const pid of found) process.kill(Number(pid), what);
}

function isProcessOf(pid: string, pod: string): boolean {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0serve\0")) return false;
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`POD_NAME=${pod}`);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
