import type { Child } from "./child.ts";

const startLimitMs = 30_000;

export interface WaitOptions {
  readonly limitMs?: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** Until the condition holds; an error that shows the process's last lines when it ends before, or takes too long. */
export async function waitFor(
  what: string,
  child: Child,
  condition: () => boolean | Promise<boolean>,
  { limitMs = startLimitMs, everyMs = 20, signal }: WaitOptions = {},
): Promise<void> {
  const giveUpMs = performance.now() + limitMs;
  while (!(await condition())) {
    signal?.throwIfAborted();
    const problem = child.hasEnded() ? "and the process ended" : "and it took too long";
    if (child.hasEnded() || performance.now() > giveUpMs) {
      throw new Error(`Cannot start: waited for ${what}, ${problem}:\n${lastLines(child)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export function lastLines(child: Child): string {
  return `${child.stdout()}${child.stderr()}`.trimEnd().split("\n").slice(-15).join("\n");
}

export async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.ok ?? false;
}
