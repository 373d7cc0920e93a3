/**
 * The only source of time and timers. Code that reads `Date.now()` or calls `setTimeout` itself cannot be tested
 * without sleeping.
 */
export interface Clock {
  /** Milliseconds that only ever grow; not wall-clock time. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch; may jump. */
  wallMs(): number;
  /** Runs `run` once after `delayMs`; delays above the timer limit of 2^31-1 ms are chained. */
  after(delayMs: number, run: () => void): Cancel;
}

export type Cancel = () => void;

const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, longestTimerMs);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
