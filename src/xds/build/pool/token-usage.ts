/**
 * Token counts of an answer, read by Envoy and put beside the placement, from where the access log tells them to the
 * picker. An answer of one JSON object is held until it is whole; a stream passes on as it comes.
 */
import { FilterConfig } from "../../../gen/envoy/config/route/v3/route_components.ts";
import { JsonContentParser } from "../../../gen/envoy/extensions/content_parsers/json/v3/json_content_parser.ts";
import {
  JsonToMetadata,
  type JsonToMetadata_Rule as Rule,
  JsonToMetadata_ValueType as ValueType,
} from "../../../gen/envoy/extensions/filters/http/json_to_metadata/v3/json_to_metadata.ts";
import { SseToMetadata } from "../../../gen/envoy/extensions/filters/http/sse_to_metadata/v3/sse_to_metadata.ts";
import type { HttpFilter } from "../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { placementMetadata } from "../../../lib/wire.ts";
import type { RouteIr } from "../../../model/ir.ts";
import { type AnyByName, extension, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";

/** Of chat and text completions, and of the Responses API, whose stream wraps the whole response. */
const rules: readonly Rule[] = [
  rule(["usage", "prompt_tokens"], placementMetadata.promptTokensKey),
  rule(["usage", "completion_tokens"], placementMetadata.completionTokensKey),
  rule(["usage", "input_tokens"], placementMetadata.promptTokensKey),
  rule(["usage", "output_tokens"], placementMetadata.completionTokensKey),
];
const wrappedRules: readonly Rule[] = [
  rule(["response", "usage", "input_tokens"], placementMetadata.promptTokensKey),
  rule(["response", "usage", "output_tokens"], placementMetadata.completionTokensKey),
];

function rule(path: readonly string[], key: string): Rule {
  return {
    selectors: path.map((step) => ({ selector: { $case: "key", value: step } })),
    onPresent: { metadataNamespace: placementMetadata.namespace, key, type: ValueType.NUMBER },
  };
}

/** Events hold a token and some numbers, but the last of the Responses API holds the whole answer. */
const largestEvent = 1024 * 1024;

const readJson = pack(JsonToMetadata, { responseRules: { rules: [...rules] } });
/** It must name a rule and a content type; no answer has this one. */
const readNoJson = pack(JsonToMetadata, {
  responseRules: { rules: rules.slice(0, 1), allowContentTypes: ["application/vnd.antechamber.none"] },
});
const readEvents = pack(SseToMetadata, {
  responseRules: {
    contentParser: extension("envoy.content_parsers.json", JsonContentParser, {
      rules: [...rules, ...wrappedRules].map((each) => ({ rule: each })),
    }),
    maxEventSize: largestEvent,
  },
});
/** The filter has no configuration per route, only that it is there. */
const present = pack(FilterConfig, { config: {} });

export function usageFilters(): HttpFilter[] {
  return [
    { name: filterNames.jsonUsage, disabled: true, configType: { $case: "typedConfig", value: readNoJson } },
    { name: filterNames.sseUsage, disabled: true, configType: { $case: "typedConfig", value: readEvents } },
  ];
}

/** typed_per_filter_config of a route to a pool, or of the pool's share of a weighted one. */
export function usageRouteFilters(): AnyByName {
  return { [filterNames.jsonUsage]: readJson, [filterNames.sseUsage]: present };
}

/**
 * For a virtual host whose requests find their route after their body was read. Streams of all its routes are then
 * read, which holds none of them up; an object is held for the routes alone that want it.
 */
export function inertUsageFilters(): AnyByName {
  return { [filterNames.jsonUsage]: readNoJson, [filterNames.sseUsage]: present };
}

export function wantsUsage({ action }: RouteIr): boolean {
  return (
    action.kind === "forward" &&
    action.backends.some(({ target }) => target.kind === "cluster" && target.pool?.tokenUsage === true)
  );
}
