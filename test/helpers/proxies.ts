/** What a running `ante` says of its Envoys, and what an Envoy says of itself. */
import { createEnvoyAdmin, type EnvoyAdmin } from "../../src/infra/process/envoy-admin.ts";
import type { Ante } from "./ante.ts";
import { eventually } from "./eventually.ts";

export interface ProxyEntry {
  readonly nodeId: string;
  readonly gateway: string;
  readonly connected: boolean;
  readonly acknowledgedSequence?: number;
  readonly sequence?: number;
  readonly types: readonly { readonly type: string; readonly state: string; readonly lastError?: string }[];
  readonly process?: {
    readonly phase: string;
    readonly pid?: number;
    readonly adminSocket?: string;
    readonly restarts: number;
    readonly portProblems: readonly string[];
  };
}

export interface RunningEnvoy {
  readonly pid: number;
  readonly admin: EnvoyAdmin;
}

/** The Envoy of the only Gateway, or of the one that is named, once it is connected and listens. */
export function envoyOf(ante: Ante, gateway?: string): Promise<RunningEnvoy> {
  return eventually("an Envoy that is ready", async () => {
    const proxies = await ante.api<readonly ProxyEntry[]>("/api/v1/proxies");
    const proxy = proxies.find((entry) => gateway === undefined || entry.gateway === gateway);
    const { pid, adminSocket, phase } = proxy?.process ?? {};
    if (proxy?.connected !== true || phase !== "ready" || pid === undefined || adminSocket === undefined)
      return undefined;
    return { pid, admin: createEnvoyAdmin(adminSocket) };
  });
}
