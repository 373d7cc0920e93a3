import type { Clock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import { type DrainedEnvoy, EnvoyGone } from "./envoy-admin.ts";

export interface DrainTimes {
  /** Listeners drain this long before the health checks fail; 0: both at once. */
  readonly failureDelayMs: number;
  /** From the start: no wait is longer. */
  readonly drainMs: number;
  /** From the start: no wait is shorter, since new requests come until everybody knows that the Pod goes. */
  readonly minDrainMs: number;
}

export interface DrainOptions {
  readonly envoy: DrainedEnvoy;
  readonly clock: Clock;
  readonly times: DrainTimes;
  readonly onActive: (requests: number) => void;
  /** An answer that failed; it is asked again. */
  readonly onTrouble: (problem: string) => void;
}

export type Drained = "drained" | "limit" | "envoy-gone";

const pollMs = 1_000;

/**
 * Envoy Gateway's algorithm, but that requests are counted and not connections: a model's answer of minutes must end
 * before its proxy does, while an idle connection that a client keeps would hold the Pod until the limit. A client
 * that uses one is told to close it by the answer.
 */
export async function drain({ envoy, clock, times, onActive, onTrouble }: DrainOptions): Promise<Drained> {
  const startMs = clock.monotonicMs();
  const elapsedMs = (): number => clock.monotonicMs() - startMs;
  const steps = firstSteps(envoy, times);
  for (;;) {
    try {
      for (let step = steps[0]; step !== undefined && elapsedMs() >= step.afterMs; step = steps[0]) {
        await step.run();
        steps.shift();
      }
      const active = await envoy.activeRequests();
      onActive(active);
      if (steps.length === 0 && active === 0 && elapsedMs() >= times.minDrainMs) return "drained";
    } catch (error) {
      if (error instanceof EnvoyGone) return "envoy-gone";
      onTrouble(messageOf(error));
    }
    if (elapsedMs() >= times.drainMs) return "limit";
    await wait(clock, Math.min(pollMs, times.drainMs - elapsedMs()));
  }
}

interface Step {
  readonly afterMs: number;
  readonly run: () => Promise<void>;
}

/** Each until it has worked. */
function firstSteps(envoy: DrainedEnvoy, { failureDelayMs }: DrainTimes): Step[] {
  const fail = { afterMs: failureDelayMs, run: () => envoy.failHealthChecks() };
  return failureDelayMs === 0 ? [fail] : [{ afterMs: 0, run: () => envoy.drainListeners() }, fail];
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
