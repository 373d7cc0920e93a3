import type { Clock } from "../../lib/clock.ts";

export interface Progress {
  /** One more request has ended. */
  done(): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly clock: Clock;
  readonly total: number;
  /** Undefined where there is no terminal: then nothing is written. */
  readonly write: ((text: string) => void) | undefined;
}

const intervalMs = 500;

/** A line that renews itself, and is gone at the end. */
export function startProgress({ clock, total, write }: ProgressOptions): Progress {
  if (write === undefined) return { done() {}, stop() {} };
  const startMs = clock.monotonicMs();
  let ended = 0;
  const draw = (): void => {
    const seconds = Math.round((clock.monotonicMs() - startMs) / 1_000);
    write(`\r\u001b[K${ended}/${total} requests, ${seconds} s`);
    cancel = clock.after(intervalMs, draw);
  };
  let cancel = clock.after(intervalMs, draw);
  return {
    done() {
      ended++;
    },
    stop() {
      cancel();
      write("\r\u001b[K");
    },
  };
}
