/** What two looks say together: rates, and quantiles of what ended in between. Pure. */
import type { Histogram, Sample } from "./sample.ts";

export interface Rates {
  /** Absent: one look alone tells no rate. */
  readonly requestsPerSecond?: number;
  /** Produced by the servers, whoever asked; absent where none counts them. */
  readonly tokensPerSecond?: number;
  readonly models: readonly ModelRates[];
}

export interface ModelRates {
  readonly model: string;
  /** Requests that ended, in the time that is looked at. */
  readonly ended: number;
  /** Seconds, as the histogram's buckets tell; absent where none ended. */
  readonly p50?: number;
  readonly p90?: number;
}

/** Rates are over `recent` to `latest`; first tokens over `oldest` to `latest`, as requests end more rarely. */
export function ratesOf(looks: {
  readonly latest: Sample;
  readonly recent: Sample | undefined;
  readonly oldest: Sample | undefined;
}): Rates {
  const { latest, recent, oldest } = looks;
  const seconds = recent === undefined ? 0 : (latest.atMs - recent.atMs) / 1_000;
  const placed = recent === undefined ? -1 : latest.placed - recent.placed;
  const tokens = recent === undefined ? undefined : tokensBetween(recent, latest);
  return {
    ...(seconds > 0 && placed >= 0 && { requestsPerSecond: placed / seconds }),
    ...(seconds > 0 && tokens !== undefined && { tokensPerSecond: tokens / seconds }),
    models: [...latest.firstTokens].map(([model, histogram]) =>
      modelRates(model, histogram, oldest?.firstTokens.get(model)),
    ),
  };
}

/** A server that was started anew counts from zero: it is left out once. */
function tokensBetween(from: Sample, to: Sample): number | undefined {
  const before = new Map(from.endpoints.map((each) => [each.address, each.generatedTokensTotal]));
  const produced = to.endpoints.flatMap(({ address, generatedTokensTotal }) => {
    const earlier = before.get(address);
    if (earlier === undefined || generatedTokensTotal === undefined) return [];
    return [Math.max(0, generatedTokensTotal - earlier)];
  });
  return produced.length === 0 ? undefined : produced.reduce((sum, tokens) => sum + tokens, 0);
}

function modelRates(model: string, now: Histogram, before: Histogram | undefined): ModelRates {
  const earlier = new Map(before?.buckets.map(({ bound, count }) => [bound, count]));
  const since = now.buckets.map(({ bound, count }) => ({ bound, count: count - (earlier.get(bound) ?? 0) }));
  const restarted = since.some(({ count }) => count < 0);
  const buckets = restarted ? now.buckets : since;
  const ended = buckets.at(-1)?.count ?? 0;
  const p50 = quantile(buckets, 0.5);
  const p90 = quantile(buckets, 0.9);
  return { model, ended, ...(p50 !== undefined && { p50 }), ...(p90 !== undefined && { p90 }) };
}

/** Linear within a bucket, as Prometheus' histogram_quantile; beyond the last finite bound it is that bound. */
export function quantile(buckets: Histogram["buckets"], share: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  const rank = share * total;
  let lower = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (!Number.isFinite(bucket.bound)) return lower.bound;
      const within = bucket.count === lower.count ? 1 : (rank - lower.count) / (bucket.count - lower.count);
      return lower.bound + (bucket.bound - lower.bound) * within;
    }
    lower = bucket;
  }
  return undefined;
}
