import { type AccessLogFilter, ComparisonFilter_Op as Op } from "../../gen/envoy/config/accesslog/v3/accesslog.ts";
import type {
  LocalReplyConfig,
  ResponseMapper,
} from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { maxBodyBytes, modelHeader } from "../../lib/wire.ts";
import { openAiError } from "./model/openai-error.ts";

/** Envoy's own answers in OpenAI's form where the client speaks to a model. The first that fits is taken. */
export function localReplies(): LocalReplyConfig {
  return { mappers: [tooLarge, upstreamFailed, noBackend] };
}

/** Only filters that hold bodies answer 413. */
const tooLarge: ResponseMapper = {
  filter: {
    filterSpecifier: {
      $case: "statusCodeFilter",
      value: { comparison: { op: Op.EQ, value: { defaultValue: 413, runtimeKey: "antechamber.unused" } } },
    },
  },
  bodyFormatOverride: openAiError({
    message: `The request body is larger than its route allows, which is ${maxBodyBytes} bytes at most`,
    type: "invalid_request_error",
    code: "request_too_large",
  }),
};

const namesModel: AccessLogFilter = {
  filterSpecifier: {
    $case: "headerFilter",
    value: { header: { name: modelHeader, headerMatchSpecifier: { $case: "presentMatch", value: true } } },
  },
};

/**
 * Flags tell an upstream that failed from an answer that a route or the picker gave.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage#response-flags
 */
const flagged: AccessLogFilter = {
  filterSpecifier: {
    $case: "responseFlagFilter",
    value: { flags: ["UH", "UF", "UO", "UT", "UC", "UR", "URX", "LR", "NC", "DT", "UPE", "OM"] },
  },
};

const upstreamFailed: ResponseMapper = {
  filter: { filterSpecifier: { $case: "andFilter", value: { filters: [namesModel, flagged] } } },
  bodyFormatOverride: openAiError({
    message: "The model server gave no answer: %LOCAL_REPLY_BODY% (%RESPONSE_CODE_DETAILS%)",
    type: "server_error",
    code: "upstream_failed",
  }),
};

/** The share of a rule's requests whose backend is not resolved. */
const noBackend: ResponseMapper = {
  filter: { filterSpecifier: { $case: "responseFlagFilter", value: { flags: ["NC"] } } },
  bodyFormatOverride: {
    format: {
      $case: "textFormatSource",
      value: {
        specifier: {
          $case: "inlineString",
          value:
            "Cannot forward the request: the rule's backend that it fell to is not resolved; the route's condition ResolvedRefs says why\n",
        },
      },
    },
  },
};
