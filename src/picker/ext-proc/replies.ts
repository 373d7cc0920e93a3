/** Every message that the picker sends to a proxy is built here. */
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
} from "../../gen/envoy/config/core/v3/base.ts";
import {
  type CommonResponse,
  type ProcessingResponse,
  CommonResponse_ResponseStatus as Status,
} from "../../gen/envoy/service/ext_proc/v3/external_processor.ts";
import { destination, placementMetadata } from "../../lib/wire.ts";
import type { PoolKey } from "../../model/ir.ts";
import type { Placement } from "../schedule/placement.ts";
import type { LateBody, ReceivedBody } from "./phase.ts";
import type { Refusal } from "./refusals.ts";

export interface PlacedRequest {
  readonly placement: Placement;
  readonly pool: PoolKey;
  readonly waitedMs: number;
  /** How often the proxy may try to connect. */
  readonly attempts: number;
  /** Present where it was rewritten or is unended. */
  readonly body?: Buffer;
}

/**
 * The answer to all that was received: a reply to the headers, with the destination, and one to each message of the
 * body. A new body travels in the first of those; the headers' reply then says its length, which Envoy holds against
 * what comes. An unended body travels whole in the reply to the headers, which is then the only one.
 */
export function placedReplies(placed: PlacedRequest, received: ReceivedBody): readonly ProcessingResponse[] {
  const { body } = placed;
  if (received.unended && body !== undefined) return [headersReply(placed, wholeBody(body))];
  const replies = [headersReply(placed, {})];
  for (let place = 0; place < received.messages; place++) {
    replies.push(body === undefined ? bodyReply(false) : place === 0 ? newBodyReply(body) : bodyReply(true));
  }
  return replies;
}

/** How parts of the body are replied to that come after that. */
export function lateBodyAfter({ body }: PlacedRequest, received: ReceivedBody): LateBody {
  if (body === undefined) return "pass";
  return received.unended ? "nothing" : "clear";
}

/** In OpenAI's form, so that client libraries show the message. The gRPC status is for gRPC clients alone. */
export function refusedReply(refusal: Refusal): ProcessingResponse {
  const { status, code, message, dropReason, retryAfterS } = refusal;
  const error = { message, type: errorTypes[status], param: null, code };
  const setHeaders = [header("content-type", "application/json")];
  if (retryAfterS !== undefined) setHeaders.push(header("retry-after", `${retryAfterS}`));
  if (dropReason !== undefined) setHeaders.push(header("x-llm-d-request-dropped-reason", dropReason));
  return {
    response: {
      $case: "immediateResponse",
      value: {
        status: { code: status },
        headers: { setHeaders },
        body: Buffer.from(JSON.stringify({ error })),
        grpcStatus: { status: grpcStatuses[status] },
        details: `picker_${code}`,
      },
    },
  };
}

/** To a message of the body: it goes on as it is, or a new body stands in for it. */
export function bodyReply(clear: boolean): ProcessingResponse {
  return clear ? clearReply : passReply;
}

const passReply: ProcessingResponse = { response: { $case: "requestBody", value: {} } };

const clearReply: ProcessingResponse = {
  response: {
    $case: "requestBody",
    value: { response: { bodyMutation: { mutation: { $case: "clearBody", value: true } } } },
  },
};

const errorTypes: Readonly<Record<Refusal["status"], string>> = {
  400: "invalid_request_error",
  404: "invalid_request_error",
  429: "rate_limit_exceeded",
  500: "server_error",
  503: "server_error",
};

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const grpcStatuses: Readonly<Record<Refusal["status"], number>> = { 400: 3, 404: 5, 429: 8, 500: 13, 503: 14 };

function wholeBody(body: Buffer): CommonResponse {
  return { status: Status.CONTINUE_AND_REPLACE, bodyMutation: { mutation: { $case: "body", value: body } } };
}

function headersReply(
  { placement, pool, waitedMs, attempts, body }: PlacedRequest,
  common: CommonResponse,
): ProcessingResponse {
  const length =
    body === undefined ? {} : { headerMutation: { setHeaders: [header("content-length", `${body.length}`)] } };
  return {
    response: { $case: "requestHeaders", value: { response: { ...common, ...length } } },
    dynamicMetadata: {
      [destination.namespace]: { [destination.key]: oneForEach(attempts, placement.endpoints).join(",") },
      [placementMetadata.namespace]: {
        [placementMetadata.key]: placement.id,
        [placementMetadata.poolKey]: pool,
        [placementMetadata.waitedMsKey]: Math.round(waitedMs),
      },
    },
  };
}

/** Past the end of the list the proxy would choose by itself: where there are fewer servers, they are tried again. */
function oneForEach(attempts: number, endpoints: readonly string[]): readonly string[] {
  return Array.from({ length: Math.max(1, attempts) }, (_, place) => endpoints[place % endpoints.length] ?? "");
}

function newBodyReply(body: Buffer): ProcessingResponse {
  return {
    response: {
      $case: "requestBody",
      value: { response: { bodyMutation: { mutation: { $case: "body", value: body } } } },
    },
  };
}

function header(key: string, value: string): HeaderValueOption {
  return { header: { key, rawValue: Buffer.from(value) }, appendAction: AppendAction.OVERWRITE_IF_EXISTS_OR_ADD };
}
