/** Asks until `check` answers something, for waits on processes of their own that tell nobody when they are ready. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 10_000, everyMs = 20 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const untilMs = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < untilMs) {
    try {
      const result = await check();
      if (result !== undefined) return result;
    } catch (error) {
      last = error;
    }
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
  throw new Error(`Cannot see ${what}: ${timeoutMs} ms are over`, { cause: last });
}
