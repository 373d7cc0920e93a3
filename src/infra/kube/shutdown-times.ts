import type { InfrastructureIr } from "../../model/infrastructure.ts";
import { durationMs } from "../../resources/duration.ts";

export interface ShutdownTimes {
  /** Before the health checks fail: time for what is in front to see that the Pod goes. */
  readonly failureDelaySeconds: number;
  /** A request that runs longer is cut. */
  readonly drainSeconds: number;
  /** New requests may arrive this long, until everybody knows that the Pod goes. */
  readonly minDrainSeconds: number;
}

/** The drain is longer than Envoy Gateway's minute: a model's answer may take several. */
const defaults: ShutdownTimes = { failureDelaySeconds: 0, drainSeconds: 300, minDrainSeconds: 10 };

/** After the drain, until Kubernetes kills what is left. */
export const marginSeconds = 60;

export function shutdownTimes({ proxy }: InfrastructureIr): ShutdownTimes {
  const { healthCheckFailureDelay, drainTimeout, minDrainDuration } = proxy.shutdown ?? {};
  return {
    failureDelaySeconds: seconds("healthCheckFailureDelay", healthCheckFailureDelay, defaults.failureDelaySeconds),
    drainSeconds: seconds("drainTimeout", drainTimeout, defaults.drainSeconds),
    minDrainSeconds: seconds("minDrainDuration", minDrainDuration, defaults.minDrainSeconds),
  };
}

function seconds(field: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const ms = durationMs(text);
  if (ms === undefined)
    throw new Error(`Cannot use spec.shutdown.${field} of the EnvoyProxy: "${text}" is no duration like 90s`);
  return Math.ceil(ms / 1000);
}
