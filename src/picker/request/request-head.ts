/** What the picker reads of a request's headers, which Envoy has cleaned of clients' routing headers. */
import { bodyFieldHeaders, clientClaimHeaders, modelHeader, selectionHeader, ttlHeader } from "../../lib/wire.ts";
import type { Claim } from "./standing.ts";
import { readTraceparent, type TraceContext } from "./trace-context.ts";
import { readTtl } from "./ttl.ts";

export interface RawHeader {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly rawValue?: Uint8Array | undefined;
}

export interface RequestHead {
  readonly method: string;
  readonly contentType: string;
  /** Absent for chunked bodies. */
  readonly contentLength?: number;
  /** As Envoy read it from the JSON body. */
  readonly model?: string;
  /** Smallest of the limits that the request names. */
  readonly outputLimit?: number;
  readonly answers: number;
  /** As the client or the proxy sent it. */
  readonly trace?: TraceContext;
  /** The client's own words, which count only where its pool believes them. */
  readonly client?: Claim;
  /** How long it is willing to wait. */
  readonly ttlMs?: number;
  /** What the client calls its session, in the header that the pool's annotation names. */
  readonly session?: string;
  /** Servers that a conformance suite asks for; nobody else is obeyed. */
  readonly selection?: string;
}

const limitHeaders = new Set<string>([
  bodyFieldHeaders.max_tokens,
  bodyFieldHeaders.max_completion_tokens,
  bodyFieldHeaders.max_output_tokens,
]);
const mostAnswers = 128;

export function readHead(headers: Iterable<RawHeader>, sessionHeader = ""): RequestHead {
  let method = "";
  let contentType = "";
  let contentLength: number | undefined;
  let model: string | undefined;
  let outputLimit: number | undefined;
  let answers = 1;
  let trace: TraceContext | undefined;
  let client: Claim | undefined;
  let ttlMs: number | undefined;
  let session = "";
  let selection: string | undefined;
  for (const header of headers) {
    const key = header.key ?? "";
    if (key === sessionHeader) session = valueOf(header);
    if (key === ":method") method = valueOf(header);
    else if (key === "content-type") contentType = valueOf(header).toLowerCase();
    else if (key === "content-length") contentLength = positive(valueOf(header));
    else if (key === modelHeader) model = valueOf(header);
    else if (key === bodyFieldHeaders.n) answers = Math.min(mostAnswers, positive(valueOf(header)) ?? 1);
    else if (key === "traceparent") trace = readTraceparent(valueOf(header));
    else if (key === clientClaimHeaders.objective) client = { ...client, objective: valueOf(header) };
    else if (key === clientClaimHeaders.fairnessId) client = { ...client, fairnessId: valueOf(header) };
    else if (key === ttlHeader) ttlMs = readTtl(valueOf(header));
    else if (key === selectionHeader) selection = valueOf(header);
    else if (limitHeaders.has(key)) outputLimit = smaller(outputLimit, positive(valueOf(header)));
  }
  return {
    method,
    contentType,
    answers,
    ...(contentLength === undefined ? {} : { contentLength }),
    ...(model === undefined || model === "" ? {} : { model }),
    ...(outputLimit === undefined ? {} : { outputLimit }),
    ...(trace === undefined ? {} : { trace }),
    ...(client === undefined ? {} : { client }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(session === "" ? {} : { session }),
    ...(selection === undefined ? {} : { selection }),
  };
}

/** Envoy sends header values as bytes; which are UTF-8 in what is read here. */
function valueOf({ value, rawValue }: RawHeader): string {
  return rawValue === undefined || rawValue.length === 0 ? (value ?? "") : utf8.decode(rawValue);
}

const utf8 = new TextDecoder();

function positive(text: string): number | undefined {
  const value = Math.floor(Number(text));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
