/** A second interrupt this soon is the same Ctrl-C: the terminal signals the whole group, and npm passes it on too. */
const sameSignalMs = 500;

export interface SignalHandlers {
  readonly onFirst: () => void;
  readonly onSecond: () => void;
}

/** SIGINT, SIGTERM and SIGHUP: the first asks for a drain, the next ends everything at once. */
export function onSignals({ onFirst, onSecond }: SignalHandlers): void {
  let firstAtMs: number | undefined;
  const handle = (): void => {
    const nowMs = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      onFirst();
    } else if (nowMs - firstAtMs >= sameSignalMs) {
      onSecond();
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, handle);
}
