import type { Clock } from "../lib/clock.ts";

/** Waits no longer than this; what was asked goes on, and its answer counts for nothing. */
export function within<T>(clock: Clock, limitMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(new Error(`no answer within ${limitMs / 1000} s`)));
    answer.then(resolve, reject).finally(cancel);
  });
}
