import { regexProblem } from "../../resources/regex.ts";
import { parseCidr } from "./cidr.ts";
import { type LocalRule, localRules, secondsOf, selectsAll } from "./rate-limit.ts";
import type { Spec } from "./spec.ts";

type ClientSelector = NonNullable<LocalRule["clientSelectors"]>[number];
type ValueSelector = NonNullable<ClientSelector["headers"]>[number];

/** Local rules only: global ones are not in effect. */
export function rateLimitProblems({ rateLimit }: Spec): readonly string[] {
  if (rateLimit === undefined) return [];
  const rules = localRules(rateLimit);
  if (rateLimit.type === "Local" && rateLimit.local === undefined) return ["local configuration empty for rateLimit"];
  const others = rules.filter(selectsAll);
  const [first] = others;
  // Envoy fills all buckets by the clock of the one for requests that no rule selects.
  const unit = first === undefined ? 1 : secondsOf(first);
  return [
    ...(others.length > 1 ? ["local rateLimit can not have more than one rule without clientSelectors"] : []),
    ...(rules.some((rule) => secondsOf(rule) % unit !== 0)
      ? ["local rateLimit rule limit unit must be a multiple of the default limit unit"]
      : []),
    ...rules.flatMap(({ clientSelectors = [] }) => clientSelectors.flatMap(selectorProblems)),
  ];
}

function selectorProblems({ headers = [], path, sourceCIDR, queryParams = [] }: ClientSelector): readonly string[] {
  const problems = [
    ...headers.flatMap((one) => valueProblems("header", one)),
    ...queryParams.flatMap((one) => valueProblems("query parameter", one)),
    ...(path?.type === "RegularExpression" ? [regexProblem(path.value)] : []),
    ...(sourceCIDR !== undefined && parseCidr(sourceCIDR.value) === undefined
      ? [`invalid CIDR address: ${sourceCIDR.value}`]
      : []),
  ];
  return problems.flatMap((problem) => (problem === undefined ? [] : [`unable to translate rateLimit: ${problem}`]));
}

function valueProblems(what: string, { type, value, invert }: ValueSelector): readonly (string | undefined)[] {
  if (type !== "Distinct") {
    if (value === undefined) return [`value is required for ${type} ${what} match`];
    return type === "RegularExpression" ? [regexProblem(value)] : [];
  }
  return [
    ...(invert ? [`Invert is not applicable for distinct ${what} match type`] : []),
    ...(value === undefined ? [] : [`Value is not applicable for distinct ${what} match type`]),
  ];
}
