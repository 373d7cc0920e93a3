/** A page of vLLM's metrics, 0.x or 1.x names, as a Reading. https://docs.vllm.ai/en/latest/design/metrics.html */
import { hasFamily, labelValue, readSeries, type Series } from "./metrics-text.ts";
import type { AdapterReading, CacheConfig, Reading } from "./reading.ts";

const waitingFamily = "vllm:num_requests_waiting";
const runningFamily = "vllm:num_requests_running";

/**
 * Undefined where the page is not vLLM's. Never throws. Counts are summed over the series of several engines and
 * model names; a server that has described its families but served nothing yet reads as idle.
 */
export function parseVllmMetrics(page: Buffer): Reading | undefined {
  if (!hasFamily(page, waitingFamily) && !hasFamily(page, runningFamily)) return undefined;
  const cache = cacheConfig(readSeries(page, "vllm:cache_config_info"));
  const adapters = adapterReading(readSeries(page, "vllm:lora_requests_info"));
  return {
    waiting: sum(readSeries(page, waitingFamily)) ?? 0,
    running: sum(readSeries(page, runningFamily)) ?? 0,
    ...optional("kvCacheUtil", kvCacheUtil(page)),
    ...(cache === undefined ? {} : { cache }),
    ...(adapters === undefined ? {} : { adapters }),
    ...optional("promptTokensTotal", sum(readSeries(page, "vllm:prompt_tokens_total"))),
    ...optional("generationTokensTotal", sum(readSeries(page, "vllm:generation_tokens_total"))),
    ...optional("requestSuccessTotal", sum(readSeries(page, "vllm:request_success_total"))),
    ...optional("preemptionsTotal", preemptions(page)),
  };
}

/** Each engine has a cache of its own and reports its share, so the server's share is their mean. */
function kvCacheUtil(page: Buffer): number | undefined {
  const series = firstFound(page, ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"]);
  const total = sum(series);
  return total === undefined ? undefined : Math.min(1, Math.max(0, total / series.length));
}

function preemptions(page: Buffer): number | undefined {
  return sum(firstFound(page, ["vllm:num_preemptions_total", "vllm:num_preemptions"]));
}

function firstFound(page: Buffer, names: readonly string[]): readonly Series[] {
  for (const name of names) {
    const series = readSeries(page, name);
    if (series.length > 0) return series;
  }
  return [];
}

function cacheConfig(series: readonly Series[]): CacheConfig | undefined {
  let blockSize = 0;
  let blocks = 0;
  for (const { labels } of series) {
    blockSize = Math.max(blockSize, positive(labelValue(labels, "block_size")));
    blocks += positive(labelValue(labels, "num_gpu_blocks"));
  }
  return blockSize > 0 && blocks > 0 ? { blockSize, blocks } : undefined;
}

/** Old label sets stay on the page; the value of each is the time at which it was true. */
function adapterReading(series: readonly Series[]): AdapterReading | undefined {
  let newest: Series | undefined;
  for (const one of series) if (newest === undefined || one.value >= newest.value) newest = one;
  if (newest === undefined) return undefined;
  return {
    running: names(labelValue(newest.labels, "running_lora_adapters")),
    waiting: names(labelValue(newest.labels, "waiting_lora_adapters")),
    max: positive(labelValue(newest.labels, "max_lora")),
  };
}

function names(list: string | undefined): readonly string[] {
  return (list ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function positive(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function sum(series: readonly Series[]): number | undefined {
  return series.length === 0 ? undefined : series.reduce((total, { value }) => total + value, 0);
}

function optional<K extends string>(key: K, value: number | undefined): { readonly [key in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: number });
}
