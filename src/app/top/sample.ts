/** One look at a running gateway, as its admin API tells it. Parsing is pure; reading is the only I/O. */
import type { EndpointView, QueueView } from "../../admin/ports.ts";
import { labelValue, readSeries } from "../../pool/metrics-text.ts";

export interface Sample {
  /** Monotonic. */
  readonly atMs: number;
  readonly queues: readonly QueueView[];
  readonly endpoints: readonly EndpointView[];
  /** Placed since the picker's start. */
  readonly placed: number;
  /** Time to first token by model, since the picker's start. */
  readonly firstTokens: ReadonlyMap<string, Histogram>;
}

export interface Histogram {
  /** Ascending by bound, cumulative as Prometheus has them; the last bound is infinite. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
}

export interface AdminReader {
  (path: string): Promise<string>;
}

export async function readSample(read: AdminReader, nowMs: () => number): Promise<Sample> {
  const [queues, endpoints, metrics] = await Promise.all([
    read("/api/v1/queues"),
    read("/api/v1/endpoints"),
    read("/metrics"),
  ]);
  return {
    atMs: nowMs(),
    queues: JSON.parse(queues) as readonly QueueView[],
    endpoints: JSON.parse(endpoints) as readonly EndpointView[],
    ...parseMetrics(Buffer.from(metrics)),
  };
}

export function parseMetrics(page: Buffer): Pick<Sample, "placed" | "firstTokens"> {
  const placed = readSeries(page, "llm_d_epp_request_total").reduce((sum, { value }) => sum + value, 0);
  const byModel = new Map<string, Map<number, number>>();
  for (const { labels, value } of readSeries(page, "llm_d_epp_request_ttft_seconds_bucket")) {
    const model = labelValue(labels, "model_name") ?? "";
    const bound = boundOf(labelValue(labels, "le") ?? "");
    const counts = byModel.get(model) ?? new Map<number, number>();
    byModel.set(model, counts);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const firstTokens = new Map(
    [...byModel].map(([model, counts]) => {
      const buckets = [...counts].map(([bound, count]) => ({ bound, count })).sort((a, b) => a.bound - b.bound);
      return [model, { buckets }] as const;
    }),
  );
  return { placed, firstTokens };
}

function boundOf(text: string): number {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
}
