/** What the admin API shows a person who asks for plain text: the columns of each answer. */
import type { PoolView } from "./pool-view.ts";
import type { EndpointView, ProxyView, QueueView } from "./ports.ts";
import { type Column, formatBytes, formatCounts, formatMs, formatShare, formatTable } from "./table.ts";

export function proxyTable(proxies: readonly ProxyView[]): string {
  const types = [...new Set(proxies.flatMap((proxy) => proxy.types.map(({ type }) => type)))];
  const ofType = (wanted: string): Column<ProxyView> => ({
    head: wanted.toUpperCase(),
    cell(proxy) {
      const found = proxy.types.find(({ type }) => type === wanted);
      if (found === undefined) return undefined;
      const age = found.ageMs === undefined ? "" : ` (${formatMs(found.ageMs)})`;
      return `${found.state} ${found.resources}${age}`;
    },
  });
  const problem = ({ types: all, process: child }: ProxyView): string | undefined =>
    [all.find(({ lastError }) => lastError !== undefined)?.lastError, ...(child?.portProblems ?? []), child?.detail]
      .filter((text) => text !== undefined)
      .join("; ");
  return formatTable<ProxyView>(
    [
      { head: "PROXY", cell: ({ nodeId }) => nodeId },
      { head: "GATEWAY", cell: ({ gateway }) => gateway },
      { head: "ENVOY", cell: ({ version, connected }) => (connected ? (version ?? "connected") : "not connected") },
      { head: "ACKED", cell: ({ acknowledgedSequence, sequence }) => fraction(acknowledgedSequence, sequence) },
      ...types.map(ofType),
      { head: "PROBLEM", cell: problem },
    ],
    proxies,
  );
}

interface QueueRow {
  readonly queue: QueueView;
  readonly band: QueueView["bands"][number] | undefined;
}

export function queueTable(queues: readonly QueueView[]): string {
  const rows = queues.flatMap((queue): readonly QueueRow[] =>
    queue.bands.length === 0 ? [{ queue, band: undefined }] : queue.bands.map((band) => ({ queue, band })),
  );
  return formatTable<QueueRow>(
    [
      { head: "POOL", cell: ({ queue }) => queue.pool },
      { head: "ADMISSION", cell: ({ queue }) => (queue.queueing ? queue.admission : "no queue") },
      { head: "SATURATED", cell: ({ queue }) => yesNo(queue.saturated) },
      { head: "PRIORITY", cell: ({ band }) => band?.priority },
      { head: "WAITING", cell: ({ band }) => band?.waiting ?? 0 },
      { head: "BYTES", cell: ({ band }) => formatBytes(band?.bytes ?? 0) },
      { head: "OLDEST", cell: ({ band }) => formatMs(band?.oldestWaitMs) },
      { head: "LIMIT", cell: ({ queue }) => queue.limits.requests },
    ],
    rows,
  );
}

export function endpointTable(endpoints: readonly EndpointView[]): string {
  return formatTable<EndpointView>(
    [
      { head: "ADDRESS", cell: ({ address }) => address },
      { head: "NAME", cell: ({ name }) => name },
      { head: "STATE", cell: ({ state }) => state },
      { head: "KIND", cell: ({ kind }) => kind },
      { head: "RUNNING", cell: ({ running }) => running },
      { head: "WAITING", cell: ({ waiting }) => waiting },
      { head: "KV", cell: ({ kvCacheUtil }) => formatShare(kvCacheUtil) },
      { head: "IN FLIGHT", cell: ({ inFlight }) => inFlight },
      { head: "TOKENS", cell: ({ inFlightTokens }) => Math.round(inFlightTokens) },
      { head: "READ", cell: ({ readingAgeMs }) => formatMs(readingAgeMs) },
      { head: "POOLS", cell: ({ pools }) => pools.join(",") },
      { head: "ERROR", cell: ({ lastError }) => lastError },
    ],
    endpoints,
  );
}

/** One table of pools, then of each the settings that differ from the default, and its models. */
export function poolTable(pools: readonly PoolView[]): string {
  const overview = formatTable<PoolView>(
    [
      { head: "POOL", cell: ({ pool }) => pool },
      { head: "PICKER", cell: ({ picker }) => picker.by },
      { head: "WHY", cell: ({ picker }) => picker.why },
      { head: "WAITING", cell: ({ waiting }) => waiting },
      { head: "ENDPOINTS", cell: ({ endpoints }) => formatCounts(endpoints) },
      {
        head: "MODELS",
        cell: ({ models }) => (models.length === 0 ? "any" : models.map(({ name }) => name).join(",")),
      },
    ],
    pools,
  );
  const settings = pools.flatMap(({ pool, settings: all }) => all.map((setting) => ({ pool, ...setting })));
  const knobs = formatTable(
    [
      { head: "POOL", cell: ({ pool }) => pool },
      { head: "SETTING", cell: ({ name }) => name },
      { head: "VALUE", cell: ({ value }) => value },
      { head: "FROM", cell: ({ from }) => from },
    ],
    settings,
  );
  const models = pools.flatMap(({ pool, models: all }) => all.map((model) => ({ pool, ...model })));
  const served = formatTable(
    [
      { head: "POOL", cell: ({ pool }) => pool },
      { head: "MODEL", cell: ({ name }) => name },
      { head: "PRIORITY", cell: ({ priority }) => priority },
      { head: "TARGETS", cell: ({ targets }) => targets.map(({ name, weight }) => `${name}=${weight}`).join(",") },
    ],
    models,
  );
  return [overview, ...(models.length === 0 ? [] : [served]), ...(pools.length === 0 ? [] : [knobs])].join("\n");
}

function fraction(part: number | undefined, whole: number | undefined): string | undefined {
  return whole === undefined ? undefined : `${part ?? "-"}/${whole}`;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
