import { compareBy } from "../lib/compare.ts";
import { modelHeader } from "../lib/wire.ts";
import type { HTTPRouteMatch } from "../resources/kinds/http-route.ts";
import { regexMatches, regexProblem } from "../resources/regex.ts";
import type { MatchIr, ValueMatchIr } from "./ir.ts";

export type ConvertedMatch =
  | { readonly kind: "match"; readonly match: MatchIr }
  | { readonly kind: "invalid"; readonly problem: string };

type PathMatch = HTTPRouteMatch["path"];
type ValueMatch = NonNullable<HTTPRouteMatch["headers"]>[number];

export function convertMatch(match: HTTPRouteMatch): ConvertedMatch {
  const problem = firstRegexProblem(match);
  if (problem !== undefined) return { kind: "invalid", problem };
  return {
    kind: "match",
    match: {
      path: convertPath(match.path),
      ...(match.method === undefined ? {} : { method: match.method }),
      headers: convertValues(match.headers ?? [], (name) => name.toLowerCase()),
      query: convertValues(match.queryParams ?? [], (name) => name),
    },
  };
}

/** What the match asks of the model's name, if it asks. */
export function modelMatch(match: MatchIr): ValueMatchIr | undefined {
  return match.headers.find(({ name }) => name === modelHeader);
}

/** A model's name satisfies the match. Envoy's regular expressions match the whole value. */
export function takesModel(match: ValueMatchIr | undefined, name: string): boolean {
  if (match === undefined) return true;
  return match.type === "exact" ? match.value === name : regexMatches(match.value, name);
}

function convertPath({ type, value }: PathMatch): MatchIr["path"] {
  switch (type) {
    case "Exact":
      return { type: "exact", value };
    case "RegularExpression":
      return { type: "regex", value };
    case "PathPrefix":
      // A trailing slash means nothing to a prefix.
      return { type: "prefix", value: value.length > 1 && value.endsWith("/") ? value.slice(0, -1) : value };
  }
}

/** Sorted, so that equal matches are spelled equally. Of entries with an equivalent name only the first counts. */
function convertValues(values: readonly ValueMatch[], nameOf: (name: string) => string): readonly ValueMatchIr[] {
  const byName = new Map<string, ValueMatchIr>();
  for (const { name: spelled, type, value } of values) {
    const name = nameOf(spelled);
    if (!byName.has(name)) byName.set(name, { name, type: type === "Exact" ? "exact" : "regex", value });
  }
  return [...byName.values()].sort(compareBy(({ name }) => name));
}

function firstRegexProblem({ path, headers, queryParams }: HTTPRouteMatch): string | undefined {
  const expressions = [
    { field: "path", ...path },
    ...(headers ?? []).map((header) => ({ field: `headers[${header.name}]`, ...header })),
    ...(queryParams ?? []).map((query) => ({ field: `queryParams[${query.name}]`, ...query })),
  ];
  for (const { field, type, value } of expressions) {
    const problem = type === "RegularExpression" ? regexProblem(value) : undefined;
    if (problem !== undefined) return `${field}: ${problem}`;
  }
  return undefined;
}
