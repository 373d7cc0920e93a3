/** Other answers in the place of some, the gateway's own or a backend's: the first condition that holds decides. */
import type { HeaderValueOption } from "../../../gen/envoy/config/core/v3/base.ts";
import { CustomResponse } from "../../../gen/envoy/extensions/filters/http/custom_response/v3/custom_response.ts";
import { LocalResponsePolicy } from "../../../gen/envoy/extensions/http/custom_response/local_response_policy/v3/local_response_policy.ts";
import { HttpResponseHeaderMatchInput } from "../../../gen/envoy/type/matcher/v3/http_inputs.ts";
import {
  HttpResponseLocalReplyMatchInput,
  HttpResponseStatusCodeMatchInput,
} from "../../../gen/envoy/type/matcher/v3/status_code_input.ts";
import type { TypedExtensionConfig } from "../../../gen/xds/core/v3/extension.ts";
import type {
  Matcher_MatcherList_FieldMatcher as FieldMatcher,
  Matcher_MatcherList_Predicate as Predicate,
} from "../../../gen/xds/type/matcher/v3/matcher.ts";
import type { StringMatcher } from "../../../gen/xds/type/matcher/v3/string.ts";
import type { ResponseOverrideIr, StatusRangeIr, TextMatchIr } from "../../../model/ir.ts";
import { extension, pack } from "../any.ts";
import { additions, literalFormat, setHeader } from "../header-mutation.ts";
import { statusPattern } from "./status-pattern.ts";

/** Overrides nothing. */
export const noOverride = pack(CustomResponse, {});

export function responseOverride(overrides: readonly ResponseOverrideIr[]) {
  const matchers = overrides.map(
    (override): FieldMatcher => ({
      predicate: all(conditions(override)),
      onMatch: {
        onMatch: {
          $case: "action",
          value: extension("envoy.extensions.http.custom_response.local_response_policy", LocalResponsePolicy, {
            ...answer(override),
          }),
        },
      },
    }),
  );
  return pack(CustomResponse, {
    customResponseMatcher: { matcherType: { $case: "matcherList", value: { matchers } } },
  });
}

function conditions({ statuses, headers, source }: ResponseOverrideIr): readonly Predicate[] {
  return [
    ...(statuses.length === 0 ? [] : [any(statuses.map(statusIn))]),
    ...headers.map(({ name, value }) => single(headerInput(name), textMatcher(value))),
    ...(source === "any" ? [] : [single(localReply, exactly(String(source === "gateway")))]),
  ];
}

function statusIn({ start, end }: StatusRangeIr): Predicate {
  return single(
    statusCode,
    start === end ? exactly(String(start)) : textMatcher({ type: "regex", value: statusPattern(start, end) }),
  );
}

const statusCode = extension("status_code", HttpResponseStatusCodeMatchInput, {});
const localReply = extension("local_reply", HttpResponseLocalReplyMatchInput, {});

function headerInput(headerName: string): TypedExtensionConfig {
  return extension("response_header", HttpResponseHeaderMatchInput, { headerName });
}

function single(input: TypedExtensionConfig, value: StringMatcher): Predicate {
  return {
    matchType: { $case: "singlePredicate", value: { input, matcher: { $case: "valueMatch", value } } },
  };
}

/** Envoy takes no list of one. */
function any(predicate: readonly Predicate[]): Predicate {
  return (
    (predicate.length === 1 ? predicate[0] : undefined) ?? {
      matchType: { $case: "orMatcher", value: { predicate: [...predicate] } },
    }
  );
}

function all(predicate: readonly Predicate[]): Predicate {
  return (
    (predicate.length === 1 ? predicate[0] : undefined) ?? {
      matchType: { $case: "andMatcher", value: { predicate: [...predicate] } },
    }
  );
}

function exactly(value: string): StringMatcher {
  return textMatcher({ type: "exact", value });
}

function textMatcher({ type, value }: TextMatchIr): StringMatcher {
  if (type !== "regex") return { matchPattern: { $case: type, value } };
  const engine = { $case: "googleRe2", value: {} } as const;
  return { matchPattern: { $case: "safeRegex", value: { regex: value, engineType: engine } } };
}

function answer(override: ResponseOverrideIr): LocalResponsePolicy {
  const { status, body, contentType, location } = override;
  return {
    ...(status === undefined ? {} : { statusCode: status }),
    ...(body === undefined ? {} : { bodyFormat: { format: textFormat(body) } }),
    responseHeadersToAdd: [
      ...(contentType === undefined ? [] : [setHeader({ name: "content-type", value: contentType })]),
      ...additions({ set: override.set, add: override.add, remove: [] }),
      ...(location === undefined ? [] : [locationHeader(location)]),
    ],
  };
}

function textFormat(body: string) {
  const specifier = { $case: "inlineString", value: literalFormat(body) } as const;
  return { $case: "textFormatSource", value: { specifier } } as const;
}

function locationHeader({
  scheme,
  hostname,
  port,
  path,
}: NonNullable<ResponseOverrideIr["location"]>): HeaderValueOption {
  const host = hostname === undefined ? "%REQ(:AUTHORITY)%" : literalFormat(hostname);
  const value = [
    scheme ?? "%REQ(:SCHEME)%",
    "://",
    host,
    port === undefined ? "" : `:${port}`,
    path === undefined ? "%REQ(:PATH)%" : literalFormat(path),
  ].join("");
  const literal = setHeader({ name: "location", value: "" });
  return { ...literal, header: { key: "location", value } };
}
