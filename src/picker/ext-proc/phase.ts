/**
 * What one ext_proc stream has received and said. Pure: a message, an end or an answer yields the next phase and what
 * is to be done about it.
 *
 *   opened --headers--> [body-awaited --whole body-->] waiting --placed or refused--> answered
 *      any but answered --the proxy ends the stream--> ended: the client left
 */
import type { ProcessingRequest } from "../../gen/envoy/service/ext_proc/v3/external_processor.ts";
import { maxBodyBytes } from "../../lib/wire.ts";
import { type RequestHead, readHead } from "../request/request-head.ts";
import { type RequestIdentity, readIdentity } from "./attributes.ts";

export type Phase =
  | { readonly kind: "opened" }
  | BodyAwaited
  | { readonly kind: "waiting"; readonly body: ReceivedBody }
  | { readonly kind: "answered"; readonly late: LateBody }
  | { readonly kind: "ended" };

export interface ReceivedBody {
  readonly messages: number;
  /**
   * No message said that it is the last: trailers follow, which are not sent. Such a body must be given back whole in
   * the reply to the headers; given back part by part, the proxy would send it to the server twice.
   */
  readonly unended: boolean;
}

/** What a part of the body is replied to that comes after the answer. */
export type LateBody = "pass" | "clear" | "nothing";

interface BodyAwaited {
  readonly kind: "body-awaited";
  readonly head: RequestHead;
  readonly identity: RequestIdentity;
  /** Views of received messages, which hold those in memory: let go of once the body is whole. */
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

/** All that the picker will see of a request. */
export interface ReceivedMessage {
  readonly head: RequestHead;
  readonly identity: RequestIdentity;
  readonly hasBody: boolean;
  readonly body?: Buffer;
  /** See ReceivedBody. */
  readonly unended: boolean;
}

export type Effect =
  | { readonly kind: "none" }
  | { readonly kind: "received"; readonly request: ReceivedMessage }
  /** A part of the body came after the answer: it is owed a reply, or the proxy waits for one. */
  | { readonly kind: "late-body"; readonly clear: boolean }
  | { readonly kind: "client-left" }
  | { readonly kind: "violation"; readonly reason: string };

export interface Step {
  readonly phase: Phase;
  readonly effect: Effect;
}

export const opened: Phase = { kind: "opened" };

const none: Effect = { kind: "none" };

/** `bodyFollows`: the route sends the body too, where there is one. `sessionHeader`: of the pool, "" for none. */
export function receive(
  phase: Phase,
  { request, attributes }: ProcessingRequest,
  bodyFollows: boolean,
  sessionHeader = "",
): Step {
  if (request === undefined) return violation(phase, "a message without content");
  switch (request.$case) {
    case "requestHeaders": {
      if (phase.kind !== "opened") return violation(phase, "headers came twice");
      const head = readHead(request.value.headers?.headers ?? [], sessionHeader);
      const identity = readIdentity(attributes);
      const hasBody = request.value.endOfStream !== true;
      if (!hasBody || !bodyFollows) return received({ head, identity, hasBody, unended: false }, 0);
      return { phase: { kind: "body-awaited", head, identity, chunks: [], bytes: 0 }, effect: none };
    }
    case "requestBody":
      return receiveBody(phase, request.value.body ?? new Uint8Array(), request.value.endOfStream === true);
    case "requestTrailers":
    case "responseHeaders":
    case "responseBody":
    case "responseTrailers":
      return violation(phase, `${request.$case} were not asked for`);
  }
}

/** The proxy half-closed the stream or reset it. */
export function end(phase: Phase): Step {
  const left = phase.kind === "waiting" || phase.kind === "body-awaited";
  return { phase: { kind: "ended" }, effect: left ? { kind: "client-left" } : none };
}

export function answer(late: LateBody): Phase {
  return { kind: "answered", late };
}

/** A body that trailers follow is whole when content-length says so. */
function receiveBody(phase: Phase, chunk: Uint8Array, endOfStream: boolean): Step {
  switch (phase.kind) {
    case "body-awaited": {
      const chunks = [...phase.chunks, chunk];
      const bytes = phase.bytes + chunk.length;
      if (bytes > maxBodyBytes) return violation(phase, `the body is larger than ${maxBodyBytes} bytes`);
      const { contentLength } = phase.head;
      const whole = endOfStream || (contentLength !== undefined && bytes >= contentLength);
      if (!whole) return { phase: { ...phase, chunks, bytes }, effect: none };
      const { head, identity } = phase;
      const body = joined(chunks);
      return received({ head, identity, hasBody: true, body, unended: !endOfStream }, chunks.length);
    }
    case "waiting":
      return {
        phase: { ...phase, body: { messages: phase.body.messages + 1, unended: phase.body.unended && !endOfStream } },
        effect: none,
      };
    case "answered":
      return { phase, effect: phase.late === "nothing" ? none : { kind: "late-body", clear: phase.late === "clear" } };
    case "opened":
      return violation(phase, "a body came before headers");
    case "ended":
      return { phase, effect: none };
  }
}

function received(request: ReceivedMessage, messages: number): Step {
  const body = { messages, unended: request.unended };
  return { phase: { kind: "waiting", body }, effect: { kind: "received", request } };
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return Buffer.from(only.buffer, only.byteOffset, only.length);
  return Buffer.concat(chunks);
}

function violation(phase: Phase, reason: string): Step {
  return {
    phase,
    effect: { kind: "violation", reason: `Cannot go on with the stream while ${phase.kind}: ${reason}` },
  };
}
