/** The picture of a running gateway as lines of text. Pure: the same looks, the same lines. */
import type { EndpointView, QueueView } from "../../admin/ports.ts";
import { formatMs, formatShare } from "../../admin/table.ts";
import { bar, paint, type Style, type Tone } from "./paint.ts";
import type { ModelRates, Rates } from "./rates.ts";
import type { Sample } from "./sample.ts";

export interface PictureInput {
  readonly admin: string;
  readonly sample: Sample;
  readonly rates: Rates;
  /** Why the sample is not of this moment. */
  readonly problem?: string;
  /** What the first tokens are about: "last 30 s". */
  readonly window: string;
}

export interface PictureSize {
  readonly columns: number;
  readonly rows: number;
}

const barColumns = { least: 8, most: 30 };
const labelColumns = 22;

/** No line is longer than the size allows, nor are there more lines; of long lists the rest is counted. */
export function picture(input: PictureInput, size: PictureSize, style: Style): readonly string[] {
  const { sample, rates } = input;
  const width = Math.max(barColumns.least, Math.min(barColumns.most, Math.floor((size.columns - 50) / 2)));
  const models = modelLines(rates.models, input.window, style);
  const queues = queueLines(sample.queues, width, style);
  const head = [headLine(input, style), ""];
  const left = size.rows - head.length - models.length - queues.length - 2;
  const servers = serverLines(sample.endpoints, Math.max(3, left), width, style);
  const lines = [...head, ...queues, "", ...servers, "", ...models];
  return lines.slice(0, size.rows).map((line) => cut(line, size.columns));
}

function headLine({ admin, sample, rates, problem }: PictureInput, style: Style): string {
  if (problem !== undefined) return `${paint(style, "bold", admin)}  ${paint(style, "bad", problem)}`;
  const waiting = sample.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const running = sample.endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0);
  const parts = [
    `${rate(rates.requestsPerSecond)} requests/s`,
    `${rate(rates.tokensPerSecond)} tokens/s`,
    `${paint(style, waiting > 0 ? "warm" : "good", String(waiting))} waiting`,
    `${running} in flight`,
  ];
  return `${paint(style, "bold", admin)}  ${parts.join("   ")}`;
}

function queueLines(queues: readonly QueueView[], width: number, style: Style): readonly string[] {
  const most = Math.max(10, ...queues.flatMap(({ bands }) => bands.map(({ waiting }) => waiting)));
  return queues.flatMap((queue) => {
    const title = `${heading(style, "WAITING".padEnd(labelColumns))}${printable(queue.pool)}  ${stateOf(queue, style)}`;
    const bands = queue.bands.map(({ priority, waiting, oldestWaitMs }) => {
      const label = `  priority ${String(priority).padStart(3)}`.padEnd(labelColumns);
      const oldest = waiting === 0 ? "" : `  oldest ${formatMs(oldestWaitMs)}`;
      return `${label}${bar(style, waiting / most, width, "warm")} ${String(waiting).padStart(6)}${oldest}`;
    });
    return [title, ...(bands.length === 0 ? [paint(style, "dim", "  nobody waits")] : bands)];
  });
}

/** Whether those that wait wait for room or for room that nobody above them needs, a decision tells; not this. */
function stateOf({ saturated, waiting }: QueueView, style: Style): string {
  if (saturated) return paint(style, "warm", "saturated");
  return waiting === 0 ? paint(style, "good", "has room") : "";
}

function serverLines(endpoints: readonly EndpointView[], rows: number, width: number, style: Style): readonly string[] {
  const most = Math.max(8, ...endpoints.map(({ running, inFlight }) => Math.max(running ?? 0, inFlight)));
  const title = `${"SERVER".padEnd(labelColumns)}${"RUNNING".padEnd(width + 8)}KV CACHE`;
  const shown = endpoints.length > rows - 1 ? endpoints.slice(0, Math.max(1, rows - 2)) : endpoints;
  const rest = endpoints.length - shown.length;
  return [
    heading(style, title),
    ...shown.map((endpoint) => serverLine(endpoint, most, width, style)),
    ...(rest > 0 ? [paint(style, "dim", `  and ${rest} more`)] : []),
    ...(endpoints.length === 0 ? [paint(style, "dim", "  no model server")] : []),
  ];
}

function serverLine(endpoint: EndpointView, most: number, width: number, style: Style): string {
  const { address, state, running, inFlight, waiting, kvCacheUtil } = endpoint;
  const label = ` ${printable(address)}`.slice(0, labelColumns - 1).padEnd(labelColumns);
  if (state !== "ready") return `${label}${paint(style, "bad", state)}  ${printable(endpoint.lastError ?? "")}`;
  const count = running ?? inFlight;
  const kv = kvCacheUtil ?? 0;
  const tone: Tone = kv > 0.95 ? "bad" : kv > 0.8 ? "warm" : "good";
  const inside = (waiting ?? 0) > 0 ? `  ${paint(style, "bad", `${waiting} queued inside`)}` : "";
  return `${label}${bar(style, count / most, width, "good")} ${String(count).padStart(5)}  ${
    kvCacheUtil === undefined
      ? paint(style, "dim", "unknown")
      : `${bar(style, kv, width, tone)} ${(formatShare(kv) ?? "").padStart(4)}`
  }${inside}`;
}

function modelLines(models: readonly ModelRates[], window: string, style: Style): readonly string[] {
  const title = `${"FIRST TOKEN".padEnd(labelColumns)}${"p50".padStart(8)}${"p90".padStart(9)}${"ended".padStart(8)}  ${window}`;
  const seconds = (value: number | undefined): string => (value === undefined ? "-" : (formatMs(value * 1_000) ?? "-"));
  return [
    heading(style, title),
    ...models.map(
      ({ model, p50, p90, ended }) =>
        `  ${printable(model === "" ? "(no model)" : model)}`.slice(0, labelColumns - 1).padEnd(labelColumns) +
        seconds(p50).padStart(8) +
        seconds(p90).padStart(9) +
        String(ended).padStart(8),
    ),
    ...(models.length === 0 ? [paint(style, "dim", "  no request has ended")] : []),
  ];
}

function heading(style: Style, text: string): string {
  return paint(style, "dim", text);
}

function rate(value: number | undefined): string {
  if (value === undefined) return "-";
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

/** Names may be clients' own words. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}

/** Colour codes, which are the only control codes in it, take no column. */
function cut(line: string, columns: number): string {
  let seen = 0;
  let text = "";
  for (const [part, code] of line.matchAll(/(\p{Cc}\[\d*m)|./gu)) {
    if (code === undefined && ++seen > columns) continue;
    text += part;
  }
  return text;
}
