/**
 * One span per picked request, in OTLP's JSON: how long it waited, for what, and where it went. Pure. Nothing of the
 * request is in it but its id and the names that routing knows it by.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { outcomeLabel } from "../flow/stats.ts";
import type { Settled } from "../placing.ts";
import { waitCauses } from "../schedule/wait-causes.ts";

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number; readonly message?: string };
}

export interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

const internalKind = 1;
const statusUnset = 0;
const statusError = 2;

/** Undefined where the caller's trace is not sampled. */
export function spanOf({ ask, trace, outcome, waitedFor, now }: Settled, random: () => number): Span | undefined {
  if (trace !== undefined && !trace.sampled) return undefined;
  const label = outcomeLabel(outcome);
  const waitedMs = outcome.kind === "refused" ? 0 : Math.round(outcome.waitedMs);
  const [server, fallback] = outcome.kind === "placed" ? outcome.placement.endpoints : [];
  return {
    traceId: trace?.traceId ?? randomHex(32, random),
    spanId: randomHex(16, random),
    ...(trace !== undefined && { parentSpanId: trace.parentId }),
    name: "pick",
    kind: internalKind,
    startTimeUnixNano: nanoseconds(now.wallMs - waitedMs),
    endTimeUnixNano: nanoseconds(now.wallMs),
    attributes: [
      text("gen_ai.request.model", ask.model),
      text("antechamber.target_model", ask.target),
      text("antechamber.pool", ask.pool),
      whole("antechamber.priority", ask.priority),
      text("antechamber.request_id", ask.id),
      text("antechamber.outcome", label),
      whole("antechamber.waited_ms", waitedMs),
      ...waitCauses
        .filter((cause) => waitedFor[cause] > 0)
        .map((cause) => whole(`antechamber.waited_for.${cause.replaceAll("-", "_")}_ms`, waitedFor[cause])),
      ...(server === undefined ? [] : [text("antechamber.server", server)]),
      ...(fallback === undefined || fallback === server ? [] : [text("antechamber.fallback", fallback)]),
    ],
    status: outcome.kind === "placed" ? { code: statusUnset } : { code: statusError, message: label },
  };
}

/** The body of one export. */
export function exportRequest(spans: readonly Span[], version: string): string {
  const resource = { attributes: [text("service.name", "antechamber"), text("service.version", version)] };
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "antechamber.picker", version }, spans }] }],
  });
}

function text(key: string, value: string): Attribute {
  return { key, value: { stringValue: value } };
}

function whole(key: string, value: number): Attribute {
  return { key, value: { intValue: String(Math.round(value)) } };
}

/** A double holds no nanoseconds of our time. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}

/** Never all zeros, which means "none". */
function randomHex(digits: number, random: () => number): string {
  const drawn = Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  return /^0+$/.test(drawn) ? `${drawn.slice(1)}1` : drawn;
}
