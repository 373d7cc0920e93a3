/** A Prometheus histogram with fixed bounds. */
export interface Histogram {
  readonly name: string;
  readonly bounds: readonly number[];
  /** Observations up to each bound, not cumulated; the last is what exceeds them all. */
  readonly counts: number[];
  sum: number;
}

export function newHistogram(name: string, bounds: readonly number[]): Histogram {
  return { name, bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
}

export function observe(histogram: Histogram, value: number): void {
  const found = histogram.bounds.findIndex((bound) => value <= bound);
  const slot = found === -1 ? histogram.bounds.length : found;
  histogram.counts[slot] = (histogram.counts[slot] ?? 0) + 1;
  histogram.sum += value;
}

export function histogramLines({ name, bounds, counts, sum }: Histogram, labels: string): readonly string[] {
  const lines = [`# TYPE ${name} histogram`];
  let cumulated = 0;
  for (const [index, count] of counts.entries()) {
    cumulated += count;
    const bound = bounds[index];
    lines.push(`${name}_bucket{${labels},le="${bound === undefined ? "+Inf" : bound}"} ${cumulated}`);
  }
  lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${cumulated}`);
  return lines;
}
