/** A fresh test cluster for each number of routes, and the measuring process inside it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withProcesses } from "../../process/processes.ts";
import type { KubeFigures, KubeOptions } from "./result.ts";

const cluster = join(import.meta.dirname, "../../../../hack/testcluster/cluster");
const script = join(import.meta.dirname, "kube-process.ts");

/** Rejects with what is missing, and what to do, where there can be no test cluster. */
export async function refuseWithoutCluster(): Promise<void> {
  try {
    await promisify(execFile)(cluster, ["check"]);
  } catch (error) {
    throw new Error((error as { readonly stderr?: string }).stderr?.trim() || String(error));
  }
}

export function runKubeRoutes(options: KubeOptions, signal: AbortSignal): Promise<KubeFigures> {
  return withProcesses(async ({ home, add }) => {
    const resultPath = join(home, "result.json");
    const args = ["with", process.execPath, script, JSON.stringify(options), resultPath];
    // A group of its own: the cluster's command ends the cluster, once the process in it has ended.
    const child = spawn(cluster, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });
    const ended = endOf(child);
    add({ stop: () => stopGroup(child, ended) });
    const code = await Promise.race([ended, aborted(signal)]);
    if (code !== 0)
      throw new Error(`Cannot measure ${options.routes} routes: the run in the cluster ended with ${code}`);
    return JSON.parse(readFileSync(resultPath, "utf8")) as KubeFigures;
  });
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(new Error("Cannot go on: the run was interrupted"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

async function stopGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  process.kill(-child.pid, "SIGTERM");
  await ended;
}
