import { join } from "node:path";
import { freePort } from "../../helpers/ports.ts";
import type { Child } from "./child.ts";
import { commandName, processTree } from "./cpu.ts";

/** `ante up` on a directory, with what is asked of it while it runs. */
export interface Gateway {
  readonly child: Child;
  readonly admin: string;
  /** All its Envoys; none until they are started. */
  readonly envoys: () => readonly number[];
  /** Sum of the samples whose line begins so. */
  readonly metric: (prefix: string) => Promise<number>;
}

export interface GatewayOptions {
  readonly dir: string;
  /** For the state folder. */
  readonly home: string;
  readonly start: (args: readonly string[]) => Child;
  readonly args?: readonly string[];
}

export async function spawnGateway({ dir, home, start, args = [] }: GatewayOptions): Promise<Gateway> {
  const admin = `http://127.0.0.1:${await freePort()}`;
  const child = start([
    ...["up", dir, "--bind", "127.0.0.1", "--admin-port", new URL(admin).port, "--state-dir", join(home, "state")],
    ...["--access-log", "off", "--drain-time", "1", ...args],
  ]);
  return {
    child,
    admin,
    envoys: () => processTree(child.pid).filter((pid) => commandName(pid) === "envoy"),
    async metric(prefix) {
      const page = await (await fetch(`${admin}/metrics`)).text();
      const lines = page.split("\n").filter((line) => line.startsWith(prefix));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
  };
}
