/** Figures out of many measurements. Pure. */

/** Nearest rank; `share` from 0 to 1. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A median with the least and the greatest beside it: what a figure is worth on a machine that does other work too. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** To three significant digits, for `result:` lines. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export function roundedSpread({ median: middle, min, max }: Spread): Spread {
  return { median: rounded(middle), min: rounded(min), max: rounded(max) };
}
