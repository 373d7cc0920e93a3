/** A page of a model server's metrics as a Reading, by the table of engines. */
import { type CacheSource, type Families, families, type Source } from "./engine-families.ts";
import { hasFamily, labelValue, readSeries, type Series } from "./metrics-text.ts";
import type { AdapterReading, CacheConfig, Reading } from "./reading.ts";

/**
 * Undefined where the page is no known engine's. Never throws. Counts are summed over the series of several engines
 * and model names; a server that has described its families but served nothing yet reads as idle.
 */
export function parseMetrics(page: Buffer): Reading | undefined {
  const of = families.find(
    ({ waiting, running }) => hasFamily(page, waiting.family) || hasFamily(page, running.family),
  );
  return of && readingOf(page, of);
}

function readingOf(page: Buffer, of: Families): Reading {
  const cache = cacheConfig(page, of.cache);
  const adapters = of.adapters === undefined ? undefined : adapterReading(readSeries(page, of.adapters));
  return {
    ...(of.engine === "vllm" ? {} : { engine: of.engine }),
    waiting: sum(seriesOf(page, of.waiting)) ?? 0,
    running: sum(seriesOf(page, of.running)) ?? 0,
    ...optional("kvCacheUtil", kvCacheUtil(firstFound(page, of.kvCacheUtil))),
    ...(cache === undefined ? {} : { cache }),
    ...(adapters === undefined ? {} : { adapters }),
    ...counters(page, of),
  };
}

function counters(page: Buffer, { counters: of }: Families): Partial<Reading> {
  if (of === undefined) return {};
  const total = (sources: readonly Source[]): number | undefined => sum(firstFound(page, sources));
  return {
    ...optional("promptTokensTotal", total(of.promptTokensTotal)),
    ...optional("generationTokensTotal", total(of.generationTokensTotal)),
    ...optional("requestSuccessTotal", total(of.requestSuccessTotal)),
    ...optional("preemptionsTotal", total(of.preemptionsTotal)),
  };
}

/** Each engine has a cache of its own and reports its share, so the server's share is their mean. */
function kvCacheUtil(series: readonly Series[]): number | undefined {
  const total = sum(series);
  return total === undefined ? undefined : Math.min(1, Math.max(0, total / series.length));
}

function seriesOf(page: Buffer, { family, where }: Source): readonly Series[] {
  const series = readSeries(page, family);
  return where === undefined ? series : series.filter(({ labels }) => labelValue(labels, where[0]) === where[1]);
}

function firstFound(page: Buffer, sources: readonly Source[]): readonly Series[] {
  for (const source of sources) {
    const series = seriesOf(page, source);
    if (series.length > 0) return series;
  }
  return [];
}

function cacheConfig(page: Buffer, source: CacheSource): CacheConfig | undefined {
  let blockSize = 0;
  let blocks = 0;
  if (source.kind === "values") {
    blockSize = Math.max(0, ...seriesOf(page, source.blockSize).map(({ value }) => value));
    blocks = sum(seriesOf(page, source.blocks)) ?? 0;
  } else {
    for (const { labels } of readSeries(page, source.family)) {
      blockSize = Math.max(blockSize, positive(labelValue(labels, source.blockSize)));
      blocks += positive(labelValue(labels, source.blocks));
    }
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
