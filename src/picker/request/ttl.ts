const factorMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const longest = 64;

/** Milliseconds of a duration as Go writes it ("1500ms", "1m2.5s"), at least 1; undefined where it is none. */
export function readTtl(text: string): number | undefined {
  if (text.length > longest || !/^([0-9]+(\.[0-9]+)?(h|ms|m|s))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(h|ms|m|s)/g))
    totalMs += Number(number) * (factorMs[unit ?? ""] ?? 0);
  return Number.isFinite(totalMs) ? Math.max(1, Math.round(totalMs)) : undefined;
}
