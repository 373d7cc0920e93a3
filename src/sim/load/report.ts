import { type LatencyName, percentile, type Summary } from "./summary.ts";

export interface ReportOptions {
  /** Stands in the heading when there are several parts. */
  readonly title: string | undefined;
  readonly maxConcurrency: number;
  readonly requestRate: number;
  readonly metrics: readonly LatencyName[];
  readonly percentiles: readonly number[];
}

const width = 50;
const labelWidth = 40;
const valueWidth = 10;

const headings: Readonly<Record<LatencyName, readonly [heading: string, name: string]>> = {
  ttft: ["Time to First Token", "TTFT"],
  tpot: ["Time per Output Token (excl. 1st token)", "TPOT"],
  itl: ["Inter-token Latency", "ITL"],
  e2el: ["End-to-end Latency", "E2EL"],
};

/** The layout of the vLLM benchmark, so that scripts which read that read this. */
export function report(summary: Summary, options: ReportOptions): string {
  const { title, requestRate, maxConcurrency } = options;
  return [
    centred(title === undefined ? " Serving Benchmark Result " : ` Serving Benchmark Result: ${title} `, "="),
    line("Successful requests:", summary.completed),
    line("Failed requests:", summary.failed),
    ...(summary.interrupted > 0 ? [line("Interrupted requests:", summary.interrupted)] : []),
    line("Maximum request concurrency:", maxConcurrency),
    ...(Number.isFinite(requestRate) ? [line("Request rate configured (RPS):", requestRate.toFixed(2))] : []),
    line("Benchmark duration (s):", (summary.durationMs / 1_000).toFixed(2)),
    line("Total input tokens:", summary.inputTokens),
    line("Total generated tokens:", summary.outputTokens),
    line("Request throughput (req/s):", summary.requestRate.toFixed(2)),
    line("Output token throughput (tok/s):", summary.outputTokenRate.toFixed(2)),
    line("Total token throughput (tok/s):", summary.totalTokenRate.toFixed(2)),
    ...options.metrics.flatMap((metric) => latencyLines(summary, metric, options.percentiles)),
    ...failureLines(summary),
    "=".repeat(width),
    "",
  ].join("\n");
}

function latencyLines(summary: Summary, metric: LatencyName, percentiles: readonly number[]): readonly string[] {
  const latency = summary.latencies[metric];
  const [heading, name] = headings[metric];
  return [
    centred(heading, "-"),
    line(`Mean ${name} (ms):`, latency.mean.toFixed(2)),
    line(`Median ${name} (ms):`, latency.median.toFixed(2)),
    ...percentiles.map((each) => line(`P${each} ${name} (ms):`, percentile(latency, each).toFixed(2))),
  ];
}

function failureLines({ failures }: Summary): readonly string[] {
  if (failures.length === 0) return [];
  return [
    centred("Failures", "-"),
    ...failures.flatMap(({ cause, count, sample }) => [line(`${cause}:`, count), `  ${oneLine(sample)}`]),
  ];
}

function line(label: string, value: number | string): string {
  return `${label.padEnd(labelWidth)} ${String(value).padEnd(valueWidth)}`;
}

function centred(text: string, fill: string): string {
  const left = Math.max(0, Math.floor((width - text.length) / 2));
  return (fill.repeat(left) + text).padEnd(width, fill);
}

/** A server's message is printed to a terminal: no line breaks and no control codes of its. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
