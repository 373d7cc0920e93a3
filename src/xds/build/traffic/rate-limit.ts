/**
 * Local rate limits. A rule's selectors become actions that each give one entry, or none; a request that gives all
 * entries of a rule takes from the rule's bucket. Each value of an entry that is left open has a bucket of its own.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/local_rate_limit_filter
 */
import {
  type RateLimit_Action as Action,
  RateLimit_XRateLimitOption as Option,
  type RateLimit,
} from "../../../gen/envoy/config/route/v3/route_components.ts";
import {
  type RateLimitDescriptor_Entry as Entry,
  XRateLimitHeadersRFCVersion as Headers,
  type LocalRateLimitDescriptor,
} from "../../../gen/envoy/extensions/common/ratelimit/v3/ratelimit.ts";
import { LocalRateLimit } from "../../../gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.ts";
import type { TokenBucket } from "../../../gen/envoy/type/v3/token_bucket.ts";
import { assertNever } from "../../../lib/assert-never.ts";
import type { LimitIr, RateLimitIr, RateLimitRuleIr, SelectorIr, TextMatchIr } from "../../../model/ir.ts";
import { pack } from "../any.ts";
import { textMatcher } from "../match.ts";

const statPrefix = "http_local_rate_limiter";
/** Buckets of values that are left open; beyond it the least used are forgotten. */
const mostBuckets = 10_000;

const unlimited: LimitIr = { requests: 2 ** 32 - 1, seconds: 1 };

/** Limits nothing: the share of requests that it is for is none unless it is set. */
export const noRateLimit = pack(LocalRateLimit, { statPrefix, tokenBucket: bucket(unlimited) });

export function rateLimit({ others, rules, tell }: RateLimitIr) {
  const all = { defaultValue: { numerator: 100 } };
  return pack(LocalRateLimit, {
    statPrefix,
    tokenBucket: bucket(others ?? unlimited),
    filterEnabled: all,
    filterEnforced: all,
    enableXRatelimitHeaders: tell ? Headers.DRAFT_VERSION_03 : Headers.OFF,
    alwaysConsumeDefaultTokenBucket: false,
    maxDynamicDescriptors: mostBuckets,
    rateLimits: rules.map(limitOf),
    descriptors: rules.map(descriptorOf),
  });
}

function bucket({ requests, seconds }: LimitIr): TokenBucket {
  return { maxTokens: requests, tokensPerFill: requests, fillInterval: { seconds } };
}

function limitOf({ selectors, cost, tell }: RateLimitRuleIr, rule: number): RateLimit {
  return {
    actions: selectors.map((selector, position) => actionOf(selector, nameOf(rule, position))),
    ...(cost === undefined ? {} : { hitsAddend: costOf(cost) }),
    xRatelimitOption: tell ? Option.DRAFT_VERSION_03 : Option.OFF,
  };
}

function descriptorOf(rule: RateLimitRuleIr, index: number): LocalRateLimitDescriptor {
  return {
    entries: rule.selectors.map((selector, position) => entryOf(selector, nameOf(index, position))),
    tokenBucket: bucket(rule),
    shadowMode: rule.shadow,
  };
}

function nameOf(rule: number, position: number): string {
  return `rule-${rule}-match-${position}`;
}

function costOf(cost: NonNullable<RateLimitRuleIr["cost"]>): RateLimit["hitsAddend"] {
  if ("number" in cost) return { number: cost.number };
  return { format: `%DYNAMIC_METADATA(${cost.metadata.namespace}:${cost.metadata.key})%` };
}

/** Without a value each value counts for itself. Envoy names addresses by itself. */
function entryOf(selector: SelectorIr, name: string): Entry {
  switch (selector.kind) {
    case "distinctAddress":
      return { key: "remote_address" };
    case "distinctHeader":
    case "distinctQuery":
      return { key: name };
    case "header":
    case "query":
    case "address":
    case "any":
      return { key: name, value: name };
    default:
      return assertNever(selector);
  }
}

function actionOf(selector: SelectorIr, name: string): Action {
  const named = { descriptorKey: name, descriptorValue: name };
  switch (selector.kind) {
    case "header":
      return specify("headerValueMatch", {
        ...named,
        expectMatch: !selector.invert,
        headers: [{ name: selector.name, headerMatchSpecifier: matching(selector.value) }],
      });
    case "query":
      return specify("queryParameterValueMatch", {
        ...named,
        expectMatch: !selector.invert,
        queryParameters: [{ name: selector.name, queryParameterMatchSpecifier: matching(selector.value) }],
      });
    case "distinctHeader":
      return specify("requestHeaders", { headerName: selector.name, descriptorKey: name });
    case "distinctQuery":
      return specify("queryParameters", { queryParameterName: selector.name, descriptorKey: name });
    case "address":
      return specify("remoteAddressMatch", {
        ...named,
        addressMatcher: {
          ranges: [{ addressPrefix: selector.prefix, prefixLen: selector.bits }],
          invertMatch: selector.invert,
        },
      });
    case "distinctAddress":
      return specify("remoteAddress", {});
    case "any":
      return specify("genericKey", named);
    default:
      return assertNever(selector);
  }
}

type Specifier = NonNullable<Action["actionSpecifier"]>;

function specify<Kind extends Specifier["$case"]>(
  $case: Kind,
  value: (Specifier & { readonly $case: Kind })["value"],
): Action {
  return { actionSpecifier: { $case, value } as Specifier };
}

function matching(value: TextMatchIr) {
  return { $case: "stringMatch", value: textMatcher(value) } as const;
}
