import type { Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/sleep.ts";
import type { EnvoyAdmin } from "./envoy-admin.ts";

export interface DrainOptions {
  readonly admin: Pick<EnvoyAdmin, "failHealthChecks" | "stopListening" | "activeRequests">;
  readonly clock: Clock;
  readonly limitMs: number;
  /** Ends the wait at once: Envoy has exited, or nobody wants to wait any longer. */
  readonly signal: AbortSignal;
  readonly onActive: (requests: number) => void;
}

export type Drained = "drained" | "limit" | "given-up" | "no-answer";

const pollMs = 50;

/**
 * Closes Envoy's listening sockets and waits until the requests in progress have ended. There is no load balancer in
 * front of a child process that would have to notice first, so new connections are refused from the start.
 */
export async function drain(options: DrainOptions): Promise<Drained> {
  const { admin, clock, limitMs, signal, onActive } = options;
  const untilMs = clock.monotonicMs() + limitMs;
  try {
    await admin.failHealthChecks();
    await admin.stopListening();
    while (!signal.aborted) {
      const active = await admin.activeRequests();
      onActive(active);
      if (active === 0) return "drained";
      if (clock.monotonicMs() >= untilMs) return "limit";
      await sleep(clock, Math.min(pollMs, untilMs - clock.monotonicMs()), signal);
    }
    return "given-up";
  } catch {
    return signal.aborted ? "given-up" : "no-answer";
  }
}
