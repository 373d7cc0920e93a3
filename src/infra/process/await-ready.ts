import type { Cancel, Clock } from "../../lib/clock.ts";
import type { EnvoyAdmin } from "./envoy-admin.ts";

export interface AwaitReadyOptions {
  readonly admin: Pick<EnvoyAdmin, "isLive" | "listeningPorts">;
  readonly clock: Clock;
  readonly ports: readonly number[];
  /** Another set of ports is missing. */
  readonly onMissing: (ports: readonly number[]) => void;
  /** Once, when it takes long. */
  readonly onSlow: (missing: readonly number[]) => void;
  /** Once, and the last call. */
  readonly onReady: (elapsedMs: number) => void;
}

const pollMs = 25;
const slowPollMs = 500;
const slowAfterMs = 5000;

/** Asks an Envoy until it is initialised and listens on all ports. Asking costs it nothing once it is ready: it ends. */
export function awaitReady(options: AwaitReadyOptions): Cancel {
  const { admin, clock, ports, onMissing, onSlow, onReady } = options;
  const startedMs = clock.monotonicMs();
  let missing = ports;
  let slow = false;
  let cancelled = false;
  let cancelTimer: Cancel = () => {};

  const poll = async (): Promise<void> => {
    const live = await admin.isLive().catch(() => false);
    const listening = live ? await admin.listeningPorts().catch(() => []) : [];
    if (cancelled) return;
    const elapsedMs = clock.monotonicMs() - startedMs;
    const stillMissing = ports.filter((port) => !listening.includes(port));
    if (live && stillMissing.length === 0) {
      onReady(elapsedMs);
      return;
    }
    if (stillMissing.length !== missing.length) onMissing(stillMissing);
    missing = stillMissing;
    if (elapsedMs >= slowAfterMs && !slow) {
      slow = true;
      onSlow(missing);
    }
    again(slow ? slowPollMs : pollMs);
  };
  const again = (delayMs: number): void => {
    cancelTimer = clock.after(delayMs, () => void poll());
  };

  again(pollMs);
  return () => {
    cancelled = true;
    cancelTimer();
  };
}
