import {
  ProcessingMode_BodySendMode as Body,
  ProcessingMode_HeaderSendMode as Headers,
  type ProcessingMode,
} from "../../../gen/envoy/extensions/filters/http/ext_proc/v3/processing_mode.ts";
import type { PickerChain } from "../../../model/ir.ts";

const noResponsePhase: ProcessingMode = {
  responseHeaderMode: Headers.SKIP,
  responseBodyMode: Body.NONE,
  responseTrailerMode: Headers.SKIP,
};

/** The filter exists, and opens no stream. */
export const nothingToPicker: ProcessingMode = {
  ...noResponsePhase,
  requestHeaderMode: Headers.SKIP,
  requestBodyMode: Body.NONE,
  requestTrailerMode: Headers.SKIP,
};

/**
 * No phase of the response, so that the stream ends with the choice and a picker that dies cuts no answer. The buffer
 * filter is in front, so that a streamed body is one message, with its content-length.
 *
 * A body that trailers follow is the one that does not end the stream. Envoy keeps a body that it injects, since the
 * route may retry, and sends it a second time when the trailers continue: the server would take that for another
 * request. So the picker must answer such a request with the whole body in its reply to the headers
 * (CONTINUE_AND_REPLACE), whether or not it is rewritten; sending it the trailers too does not help.
 */
export function toPicker(body: boolean): ProcessingMode {
  return {
    ...noResponsePhase,
    requestHeaderMode: Headers.SEND,
    requestBodyMode: body ? Body.STREAMED : Body.NONE,
    requestTrailerMode: Headers.SKIP,
  };
}

/** To a picker that is not ours. Of the answer it learns which server gave it, and in its own protocol when it ends. */
export const toExternalPicker: Readonly<Record<PickerChain, ProcessingMode>> = {
  // https://github.com/kubernetes-sigs/gateway-api-inference-extension/tree/main/docs/proposals/004-endpoint-picker-protocol
  "full-duplex": {
    requestHeaderMode: Headers.SEND,
    requestBodyMode: Body.FULL_DUPLEX_STREAMED,
    requestTrailerMode: Headers.SEND,
    responseHeaderMode: Headers.SEND,
    responseBodyMode: Body.FULL_DUPLEX_STREAMED,
    responseTrailerMode: Headers.SEND,
  },
  buffered: {
    ...toPicker(true),
    responseHeaderMode: Headers.SEND,
  },
};
