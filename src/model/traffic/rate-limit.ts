import { present } from "../../lib/present.ts";
import type { LimitIr, RateLimitIr, RateLimitRuleIr, SelectorIr, TextMatchIr } from "../ir.ts";
import { parseCidr } from "./cidr.ts";
import type { Field } from "./spec.ts";

type Local = NonNullable<Field<"rateLimit">["local"]>;
export type LocalRule = NonNullable<Local["rules"]>[number];
type ClientSelector = NonNullable<LocalRule["clientSelectors"]>[number];
type ValueSelector = NonNullable<ClientSelector["headers"]>[number];

const unitSeconds = {
  Second: 1,
  Minute: 60,
  Hour: 3600,
  Day: 86_400,
  Week: 604_800,
  Month: 2_592_000,
  Year: 31_536_000,
} as const;

export function secondsOf({ limit: { unit } }: LocalRule): number {
  return unitSeconds[unit];
}

/** The deprecated `type` may choose the global limit alone. */
export function localRules({ type, local }: Field<"rateLimit">): readonly LocalRule[] {
  return type === "Global" ? [] : (local?.rules ?? []);
}

export function selectsAll({ clientSelectors = [] }: LocalRule): boolean {
  return clientSelectors.length === 0;
}

export function rateLimitOf(rateLimit: Field<"rateLimit">): RateLimitIr | undefined {
  const rules = localRules(rateLimit);
  if (rules.length === 0) return undefined;
  // Only a rule with a selector can count more than one, or count without refusing.
  const isPlain = (rule: LocalRule): boolean =>
    selectsAll(rule) && rule.cost?.request === undefined && rule.shadowMode !== true;
  const others = rules.find(isPlain);
  return {
    ...present("others", others && limitOf(others)),
    rules: rules.filter((rule) => rule !== others).map(ruleOf),
    tell: others === undefined || tells(others),
  };
}

function limitOf(rule: LocalRule): LimitIr {
  return { requests: rule.limit.requests, seconds: secondsOf(rule) };
}

function tells({ xRateLimitHeaders = "DraftVersion03" }: LocalRule): boolean {
  return xRateLimitHeaders !== "Off";
}

function ruleOf(rule: LocalRule): RateLimitRuleIr {
  const selectors = (rule.clientSelectors ?? []).flatMap(selectorsOf);
  return {
    ...limitOf(rule),
    selectors: selectors.length === 0 ? [{ kind: "any" }] : selectors,
    ...present("cost", costOf(rule)),
    shadow: rule.shadowMode ?? false,
    tell: tells(rule),
  };
}

function costOf({ cost }: LocalRule): RateLimitRuleIr["cost"] {
  const { number, metadata } = cost?.request ?? {};
  return number !== undefined ? { number } : metadata && { metadata };
}

function selectorsOf(selector: ClientSelector): readonly SelectorIr[] {
  const { headers = [], methods = [], path, sourceCIDR, queryParams = [] } = selector;
  return [
    ...headers.map((one) => valueSelector("header", { ...one, name: one.name.toLowerCase() })),
    ...methodSelectors(methods),
    ...(path === undefined ? [] : [pathSelector(path)]),
    ...(sourceCIDR === undefined ? [] : addressSelectors(sourceCIDR)),
    ...queryParams.map((one) => valueSelector("query", one)),
  ];
}

function valueSelector(kind: "header" | "query", { name, type, value = "", invert }: ValueSelector): SelectorIr {
  switch (type) {
    case "Distinct":
      return { kind: kind === "header" ? "distinctHeader" : "distinctQuery", name };
    case "Exact":
      return { kind, name, value: { type: "exact", value }, invert };
    case "RegularExpression":
      return { kind, name, value: { type: "regex", value }, invert };
  }
}

/** One of those that are named, and none of those that are inverted. */
function methodSelectors(methods: NonNullable<ClientSelector["methods"]>): readonly SelectorIr[] {
  return [false, true].flatMap((invert): SelectorIr[] => {
    const values = methods.filter((method) => method.invert === invert).map(({ value }) => value);
    if (values.length === 0) return [];
    return [{ kind: "header", name: ":method", value: { type: "regex", value: values.join("|") }, invert }];
  });
}

/** The path that Envoy matches as a header has its query. */
function pathSelector({ type, value, invert }: NonNullable<ClientSelector["path"]>): SelectorIr {
  return { kind: "header", name: ":path", value: pathMatch(type, value), invert };
}

function pathMatch(type: NonNullable<ClientSelector["path"]>["type"], value: string): TextMatchIr {
  const query = "(?:\\?.*)?";
  switch (type) {
    case "Exact":
      return { type: "regex", value: `${quoted(value)}${query}` };
    case "RegularExpression":
      return { type: "regex", value: `(?:${value})${query}` };
    case "PathPrefix": {
      const prefix = value.endsWith("/") ? value.slice(0, -1) : value;
      return prefix === "" ? { type: "prefix", value: "/" } : { type: "regex", value: `${quoted(prefix)}(?:[/?].*)?` };
    }
  }
}

function quoted(text: string): string {
  return text.replaceAll(/[^\w/-]/g, "\\$&");
}

function addressSelectors({ type, value, invert }: NonNullable<ClientSelector["sourceCIDR"]>): readonly SelectorIr[] {
  const { prefix, bits } = parseCidr(value) ?? { prefix: value, bits: 0 };
  return [
    { kind: "address", prefix, bits, invert },
    ...(type === "Distinct" ? [{ kind: "distinctAddress" } as const] : []),
  ];
}
