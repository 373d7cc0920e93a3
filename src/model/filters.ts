/**
 * Filters of a rule and of a backendRef. Where one has a problem none is in effect, since Envoy must not see it; and a
 * filter must never be skipped: the rule, or the backend's share of it, answers 500.
 */
import type { HTTPRouteFilter } from "../resources/kinds/http-route.ts";
import { convertCors, exposesAllWithCredentials } from "./cors.ts";
import { convertModifier, modifierProblems } from "./header-modifier.ts";
import { type CorsIr, type HeaderMutationIr, noHeaderMutation, type PathRewriteIr, type RewriteIr } from "./ir.ts";
import type { MirrorFilter } from "./mirrors.ts";
import { convertPath, pathProblems } from "./path-modifier.ts";

export interface ConvertedFilters {
  readonly requestHeaders: HeaderMutationIr;
  readonly responseHeaders: HeaderMutationIr;
  readonly rewrite?: RewriteIr;
  readonly redirect?: RedirectFilter;
  readonly mirrors: readonly MirrorFilter[];
  readonly cors?: CorsIr;
  readonly problems: readonly FilterProblem[];
  /** Fields that are set and not in effect. */
  readonly notInEffect: readonly string[];
}

export interface RedirectFilter {
  readonly redirect: NonNullable<HTTPRouteFilter["requestRedirect"]>;
  readonly path?: PathRewriteIr;
}

export interface FilterProblem {
  readonly reason: "UnsupportedValue" | "IncompatibleFilters";
  readonly message: string;
}

const noFilters: ConvertedFilters = {
  requestHeaders: noHeaderMutation,
  responseHeaders: noHeaderMutation,
  mirrors: [],
  problems: [],
  notInEffect: [],
};

/** `prefix`: what path modifiers may replace. */
export function ruleFilters(
  filters: readonly HTTPRouteFilter[] | undefined,
  fieldPath: string,
  prefix: string | undefined,
): ConvertedFilters {
  return convertAll(filters, fieldPath, (filter, where) => convertOne(filter, where, prefix));
}

/** Envoy can do less for one backend of several than for a whole rule. */
export function backendFilters(filters: readonly HTTPRouteFilter[] | undefined, fieldPath: string): ConvertedFilters {
  return convertAll(filters, fieldPath, (filter, where) => {
    const { type, urlRewrite } = filter;
    if (type === "RequestHeaderModifier" || type === "ResponseHeaderModifier") {
      return convertOne(filter, where, undefined);
    }
    if (urlRewrite !== undefined && urlRewrite.path === undefined) return convertOne(filter, where, undefined);
    const what = urlRewrite === undefined ? `the ${type} filter is` : "a URLRewrite of the path is";
    return unsupported(`${where}: ${what} supported for a whole rule only, not for one backend`);
  });
}

type Convert = (filter: HTTPRouteFilter, where: string) => Partial<ConvertedFilters>;

function convertAll(
  filters: readonly HTTPRouteFilter[] | undefined,
  fieldPath: string,
  convert: Convert,
): ConvertedFilters {
  const parts = (filters ?? []).map((filter, index) => convert(filter, `${fieldPath}[${index}]`));
  const problems = parts.flatMap((part) => part.problems ?? []);
  if (problems.length > 0) return { ...noFilters, problems };
  return {
    ...noFilters,
    ...Object.assign({}, ...parts),
    mirrors: parts.flatMap((part) => part.mirrors ?? []),
    notInEffect: parts.flatMap((part) => part.notInEffect ?? []),
    problems,
  };
}

function convertOne(filter: HTTPRouteFilter, where: string, prefix: string | undefined): Partial<ConvertedFilters> {
  const { type, requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite, requestMirror, cors } =
    filter;
  if (requestHeaderModifier !== undefined) {
    const requestHeaders = convertModifier(requestHeaderModifier);
    return { requestHeaders, problems: modifierProblems(where, type, requestHeaders).map(unsupportedValue) };
  }
  if (responseHeaderModifier !== undefined) {
    const responseHeaders = convertModifier(responseHeaderModifier);
    return { responseHeaders, problems: modifierProblems(where, type, responseHeaders).map(unsupportedValue) };
  }
  if (requestRedirect !== undefined) {
    const { path, problems } = replacement(requestRedirect.path, `${where}.requestRedirect.path`, prefix);
    return { redirect: { redirect: requestRedirect, ...path }, problems };
  }
  if (urlRewrite !== undefined) {
    const { path, problems } = replacement(urlRewrite.path, `${where}.urlRewrite.path`, prefix);
    const { hostname } = urlRewrite;
    return { rewrite: { ...(hostname === undefined ? {} : { hostname }), ...path }, problems };
  }
  if (requestMirror !== undefined) return { mirrors: [{ fieldPath: where, mirror: requestMirror }] };
  if (cors !== undefined) {
    const notInEffect = exposesAllWithCredentials(cors) ? [`${where}.cors.exposeHeaders * with credentials`] : [];
    return { cors: convertCors(cors), notInEffect };
  }
  return unsupported(`${where}: the ${type} filter is not supported yet`);
}

type PathModifier = NonNullable<HTTPRouteFilter["urlRewrite"]>["path"];

function replacement(
  modifier: PathModifier,
  where: string,
  prefix: string | undefined,
): { readonly path: { readonly path?: PathRewriteIr }; readonly problems: readonly FilterProblem[] } {
  if (modifier === undefined) return { path: {}, problems: [] };
  const problems = pathProblems(where, modifier, prefix).map(unsupportedValue);
  return { path: { path: convertPath(modifier, prefix ?? "") }, problems };
}

function unsupported(message: string): Partial<ConvertedFilters> {
  return { problems: [unsupportedValue(message)] };
}

function unsupportedValue(message: string): FilterProblem {
  return { reason: "UnsupportedValue", message };
}

/**
 * What a redirect cannot be combined with: it answers by itself. Admission refuses the first two already where the CRD
 * that it goes by has rules. https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
export function incompatibilities(
  filters: readonly HTTPRouteFilter[] | undefined,
  hasBackends: boolean,
  where: string,
): readonly FilterProblem[] {
  const types = new Set((filters ?? []).map(({ type }) => type));
  if (!types.has("RequestRedirect")) return [];
  const others = [
    ...(types.has("URLRewrite") ? ["a URLRewrite filter"] : []),
    ...(types.has("RequestMirror") ? ["a RequestMirror filter"] : []),
    ...(hasBackends ? ["backendRefs"] : []),
  ];
  return others.map((other) => ({
    reason: "IncompatibleFilters",
    message: `${where}: a RequestRedirect filter answers by itself, so it cannot be combined with ${other}`,
  }));
}
