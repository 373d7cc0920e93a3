import assert from "node:assert/strict";
import { systemClock } from "../../../src/lib/clock.ts";

/** Waits for something that another process or thread does. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const giveUpMs = systemClock.monotonicMs() + limitMs;
  while (!(await condition())) {
    assert.ok(systemClock.monotonicMs() < giveUpMs, `it did not happen within ${limitMs} ms`);
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
  }
}
