/** The processes of a run: model servers, `ante up` with its Envoy, clients. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../helpers/ports.ts";
import { spawnAnte } from "../process/child.ts";
import { type Gateway, spawnGateway } from "../process/gateway.ts";
import type { Processes } from "../process/processes.ts";
import { answers, waitFor } from "../process/wait.ts";
import { startWorker, type Worker } from "../process/worker.ts";
import type { LoadAnswer, LoadOrder } from "./load-process.ts";
import type { ServersAnswer, ServersOrder } from "./servers-process.ts";

export interface Rig {
  readonly port: number;
  readonly gateway: Gateway;
  readonly servers: Worker<ServersOrder, ServersAnswer>;
}

export interface RigOptions {
  readonly servers: number;
  readonly files: (port: number, servers: readonly number[]) => Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Resolves once every server is read. */
export async function startRig(processes: Processes, { servers: count, files, signal }: RigOptions): Promise<Rig> {
  const servers = processes.add(
    startWorker<ServersOrder, ServersAnswer>(join(import.meta.dirname, "servers-process.ts")),
  );
  const { ports } = await servers.ask({ type: "start", servers: count });
  const port = await freePort();
  const dir = join(processes.home, "config");
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files(port, ports))) writeFileSync(join(dir, name), text);
  const gateway = await spawnGateway({
    dir,
    home: processes.home,
    start: (args) => processes.add(spawnAnte(args, join(processes.home, "gateway.log"))),
  });
  await waitFor("the gateway to be ready", gateway.child, () => answers(`${gateway.admin}/readyz`), { signal });
  const allRead = async (): Promise<boolean> => {
    const response = await fetch(`${gateway.admin}/api/v1/endpoints`);
    const endpoints = (await response.json()) as readonly { readonly state: string }[];
    return endpoints.filter(({ state }) => state === "ready").length === count;
  };
  await waitFor("every server to be read", gateway.child, allRead, { signal });
  return { port, gateway, servers };
}

export function startLoad(processes: Processes): Worker<LoadOrder, LoadAnswer> {
  return processes.add(startWorker<LoadOrder, LoadAnswer>(join(import.meta.dirname, "load-process.ts")));
}
