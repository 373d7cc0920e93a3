import type { Clock } from "../../lib/clock.ts";
import { present } from "../../lib/present.ts";
import type { Log } from "../../observe/log.ts";
import type { BootstrapLimits } from "../bootstrap/limits.ts";
import { bootstrap } from "./bootstrap.ts";
import { createEnvoyAdmin } from "./envoy-admin.ts";
import type { EnvoyCommandOptions } from "./envoy-command.ts";
import { EnvoyProcess } from "./envoy-process.ts";
import type { ProxyIdentity } from "./fleet.ts";
import { type OnAccessLog, spawnEnvoy } from "./spawn-envoy.ts";

export interface EnvoyProcessSettings extends Omit<EnvoyCommandOptions, "bootstrap"> {
  readonly clock: Clock;
  readonly log: Log;
  readonly sockets: { readonly xds: string; readonly picker: string; readonly accessLog: string };
  readonly limits: BootstrapLimits;
  /** Of this machine, where it is known. */
  readonly zone?: string;
  readonly onAccessLog: OnAccessLog;
}

/** A real Envoy for a proxy of the fleet, not yet started. */
export function createEnvoyProcess(
  settings: EnvoyProcessSettings,
  { nodeId, gateway, adminSocket }: ProxyIdentity,
  ports: readonly number[],
): EnvoyProcess {
  const { clock, sockets, limits, zone, onAccessLog } = settings;
  const log = settings.log.child({ gateway });
  const command: EnvoyCommandOptions = {
    envoy: settings.envoy,
    concurrency: settings.concurrency,
    logLevel: settings.logLevel,
    rejectUnknownFields: settings.rejectUnknownFields,
    bootstrap: bootstrap({
      nodeId,
      gateway,
      ...present("zone", zone),
      sockets: { ...sockets, admin: adminSocket },
      limits,
    }),
  };
  return new EnvoyProcess({
    clock,
    log,
    admin: createEnvoyAdmin(adminSocket),
    spawn: () => spawnEnvoy(command, log, onAccessLog),
    ports,
  });
}
