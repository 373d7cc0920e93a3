const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Milliseconds of a GEP-2257 duration ("1h30m", "500ms"), undefined where it is none. https://gateway-api.sigs.k8s.io/geps/gep-2257/ */
export function durationMs(value: string): number | undefined {
  if (!/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(value)) return undefined;
  let totalMs = 0;
  for (const [, digits, unit] of value.matchAll(/([0-9]+)(ms|h|m|s)/g))
    totalMs += Number(digits) * units[unit as keyof typeof units];
  return totalMs;
}
