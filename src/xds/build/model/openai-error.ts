import type { SubstitutionFormatString } from "../../../gen/envoy/config/core/v3/substitution_format_string.ts";

/** https://platform.openai.com/docs/guides/error-codes */
export interface OpenAiError {
  /** An Envoy format: `%REQ(x)%` is replaced, and escaped as JSON needs. */
  readonly message: string;
  readonly type: "invalid_request_error" | "server_error";
  readonly param?: string;
  readonly code: string;
}

export function openAiError({ message, type, param, code }: OpenAiError): SubstitutionFormatString {
  return {
    format: { $case: "jsonFormat", value: { error: { message, type, param: param ?? null, code } } },
    contentType: "application/json",
  };
}
