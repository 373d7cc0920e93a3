/** Every message that the picker sends to a proxy is built here. */
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
} from "../../gen/envoy/config/core/v3/base.ts";
import type { ProcessingResponse } from "../../gen/envoy/service/ext_proc/v3/external_processor.ts";
import { destination, placementMetadata } from "../../lib/wire.ts";
import type { PoolKey } from "../../model/ir.ts";
import type { Placement } from "../schedule/placement.ts";
import type { Refusal } from "./refusals.ts";

export interface PlacedRequest {
  readonly placement: Placement;
  readonly pool: PoolKey;
  readonly waitedMs: number;
  /** Present where it was rewritten. */
  readonly body?: Buffer;
}

/**
 * The answer to all that was received: one reply to the headers, with the destination, and one to each message of the
 * body. A rewritten body travels in the first of those; the headers' reply then says its length, which Envoy holds
 * against what comes.
 */
export function placedReplies(placed: PlacedRequest, bodyMessages: number): readonly ProcessingResponse[] {
  const { body } = placed;
  const replies = [headersReply(placed)];
  for (let place = 0; place < bodyMessages; place++) {
    replies.push(body === undefined ? bodyReply : place === 0 ? newBodyReply(body) : clearBodyReply);
  }
  return replies;
}

/** To a message of the body that came after the answer: nothing is added to what was said. */
export function lateBodyReply(rewritten: boolean): ProcessingResponse {
  return rewritten ? clearBodyReply : bodyReply;
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

const bodyReply: ProcessingResponse = { response: { $case: "requestBody", value: {} } };

const clearBodyReply: ProcessingResponse = {
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

function headersReply({ placement, pool, waitedMs, body }: PlacedRequest): ProcessingResponse {
  const response =
    body === undefined ? {} : { headerMutation: { setHeaders: [header("content-length", `${body.length}`)] } };
  return {
    response: { $case: "requestHeaders", value: { response } },
    dynamicMetadata: {
      [destination.namespace]: { [destination.key]: placement.endpoints.join(",") },
      [placementMetadata.namespace]: {
        [placementMetadata.key]: placement.id,
        [placementMetadata.poolKey]: pool,
        [placementMetadata.waitedMsKey]: Math.round(waitedMs),
      },
    },
  };
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
