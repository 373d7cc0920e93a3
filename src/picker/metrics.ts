/** Records what happens to requests; what can be counted when asked for is read from the picker's state. */
import type { Registry } from "prom-client";
import type { Report } from "./access-log/report.ts";
import { type Ask, defaultFlow } from "./flow/ask.ts";
import type { Outcome } from "./flow/outcome.ts";
import { LabelLimit } from "./label-limit.ts";
import type { PickerState } from "./messages.ts";
import { createFamilies, type Families, type Labels } from "./metric-families.ts";
import type { PlacedRequest } from "./placed-requests.ts";
import type { RequestError } from "./request/request-error.ts";

/** Above it the field says "other". */
const mostModels = 1_000;

/** What a pool may have requests of, by its configuration: gauges of these say 0 where there are none. */
export interface KnownLabels {
  readonly pool: string;
  readonly priorities: readonly number[];
  readonly models: readonly string[];
}

export class PickerMetrics {
  readonly #families: Families;
  readonly #models = new LabelLimit(mostModels);
  readonly #flows = new LabelLimit(mostModels);
  /** Labels of models that have run since the start. */
  readonly #ran = new Set<string>();

  constructor(registry: Registry) {
    this.#families = createFamilies(registry);
  }

  /** Refused for what it is, before it came to a queue. */
  invalid(error: RequestError): void {
    this.#families.errors.add({ model_name: "", target_model_name: "", error_code: error.code });
  }

  decided(seconds: number): void {
    this.#families.schedulerDuration.observe({}, seconds);
  }

  settled(ask: Ask, outcome: Outcome): void {
    const models = this.#modelLabels(ask.model, ask.target);
    const label = outcomeName(outcome);
    const common = { priority: ask.priority, inference_pool: ask.pool };
    this.#families.flowOutcomes.add({ ...common, outcome: label });
    const waitedMs = outcome.kind === "refused" ? 0 : outcome.waitedMs;
    const flow = { ...common, fairness_id: this.#flows.of(ask.flow), outcome: label, ...models };
    this.#families.queueDuration.observe(flow, waitedMs / 1_000);
    if (outcome.kind === "placed") this.#families.requests.add(models);
    else this.#families.errors.add({ ...models, error_code: outcome.reason });
  }

  spans(result: "exported" | "dropped", count: number): void {
    this.#families.spans.add({ result }, count);
  }

  servedElsewhere(): void {
    this.#families.servedElsewhere.add({});
  }

  ended(report: Report, origin: PlacedRequest["origin"]): void {
    const families = this.#families;
    const labels = this.#modelLabels(origin?.model ?? "unknown", origin?.target ?? "unknown");
    families.duration.observe(labels, report.durationMs / 1_000);
    families.requestSize.observe(labels, report.requestBytes);
    families.responseSize.observe(labels, report.responseBytes);
    if (report.timeToFirstByteMs !== undefined)
      families.timeToFirstToken.observe(labels, report.timeToFirstByteMs / 1_000);
    if (report.usage.promptTokens !== undefined) families.inputTokens.observe(labels, report.usage.promptTokens);
    if (report.usage.completionTokens !== undefined)
      families.outputTokens.observe(labels, report.usage.completionTokens);
    if (!report.complete) families.errors.add({ ...labels, error_code: errorCode(report) });
  }

  /** Gauges, from the state that is published anyway. */
  update(
    state: PickerState,
    runningByModel: ReadonlyMap<string, number>,
    streams: number,
    known: readonly KnownLabels[],
  ): void {
    const families = this.#families;
    for (const gauge of [
      families.queueSize,
      families.queueBytes,
      families.poolSaturation,
      families.queueUseRequests,
      families.queueUseBytes,
      families.averageKvCache,
      families.averageQueue,
      families.averageRunning,
      families.readyEndpoints,
      families.olderServerQueue,
      families.serverQueue,
      families.serverRequests,
      families.serverTokens,
      families.running,
    ])
      gauge.reset();
    for (const { pool, priorities } of known) for (const priority of priorities) this.#setQueue(pool, priority, 0, 0);
    for (const queue of state.queues) this.#updateQueue(queue);
    for (const queue of state.queues) this.#updatePool(queue.pool, state);
    for (const { address, inFlight, inFlightTokens } of state.endpoints) {
      families.serverRequests.set({ endpoint_name: address }, inFlight);
      families.serverTokens.set({ endpoint_name: address }, inFlightTokens);
    }
    for (const model of known.flatMap(({ models }) => models)) this.#ran.add(this.#models.of(model));
    const running = new Map<string, number>();
    for (const [model, count] of runningByModel) {
      const label = this.#models.of(model);
      this.#ran.add(label);
      running.set(label, (running.get(label) ?? 0) + count);
    }
    for (const label of this.#ran) families.running.set({ model_name: label }, running.get(label) ?? 0);
    families.streams.set({}, streams);
  }

  #updateQueue({ pool, bands, saturated, waiting, waitingBytes, limits }: PickerState["queues"][number]): void {
    for (const { priority, waiting: requests, bytes } of bands) this.#setQueue(pool, priority, requests, bytes);
    const labels = { inference_pool: pool };
    this.#families.poolSaturation.set(labels, saturated ? 1 : 0);
    this.#families.queueUseRequests.set(labels, limits.requests === 0 ? 0 : waiting / limits.requests);
    this.#families.queueUseBytes.set(labels, limits.bytes === 0 ? 0 : waitingBytes / limits.bytes);
  }

  /** All flows in one: each by itself would be a series per client. */
  #setQueue(pool: string, priority: number, requests: number, bytes: number): void {
    const labels = { fairness_id: defaultFlow, priority, inference_pool: pool };
    this.#families.queueSize.set(labels, requests);
    this.#families.queueBytes.set(labels, bytes);
  }

  #updatePool(pool: string, { endpoints }: PickerState): void {
    const members = endpoints.filter(({ pools }) => pools.includes(pool));
    const labels = { name: pool };
    this.#families.readyEndpoints.set(labels, members.filter(({ state }) => state === "ready").length);
    this.#families.averageKvCache.set(labels, mean(members.map(({ kvCacheUtil }) => kvCacheUtil)));
    this.#families.averageQueue.set(labels, mean(members.map(({ waiting }) => waiting)));
    this.#families.averageRunning.set(labels, mean(members.map(({ running }) => running)));
    for (const { name, address, waiting } of members) {
      this.#families.olderServerQueue.set({ ...labels, model_server_pod: name }, waiting ?? 0);
      this.#families.serverQueue.set({ ...labels, model_server_endpoint: address }, waiting ?? 0);
    }
  }

  #modelLabels(model: string, target: string): Labels {
    return { model_name: this.#models.of(model), target_model_name: this.#models.of(target) };
  }
}

/** As the field's dashboards spell them. */
function outcomeName(outcome: Outcome): string {
  if (outcome.kind === "placed") return "Dispatched";
  switch (outcome.reason) {
    case "queue-full":
    case "saturated":
      return "RejectedCapacity";
    case "no-endpoints":
      return outcome.kind === "refused" ? "RejectedNoEndpoints" : "EvictedNoEndpoints";
    case "ttl-expired":
      return "EvictedTTL";
    case "client-gone":
      return "EvictedContextCancelled";
    case "shutting-down":
      return outcome.kind === "refused" ? "RejectedOther" : "EvictedOther";
    case "displaced":
    case "replaced":
    case "handed-over":
      return "EvictedOther";
  }
}

function errorCode(report: Report): string {
  if (report.verdict === "answered" && report.responseCode < 400) return "client-or-time-limit";
  return report.verdict === "connect-failure" ? "connect-failure" : `${report.responseCode}`;
}

function mean(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}
