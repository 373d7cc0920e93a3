import { memoOn } from "../lib/memo.ts";
import { present } from "../lib/present.ts";
import { matchEverything } from "../resources/gateway-api/http-match.ts";
import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { HTTPBackendRef, HTTPRoute, HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { Backend } from "./backends.ts";
import { clusterOf } from "./clusters.ts";
import type { ExternalPicker } from "./external-pickers.ts";
import { backendFilters, type ConvertedFilters, incompatibilities, ruleFilters } from "./filters.ts";
import type {
  ActionIr,
  BackendIr,
  ClusterIr,
  ClusterSettingsIr,
  ExternalPickerIr,
  HeaderMutationIr,
  MatchIr,
  MirrorIr,
  RetryIr,
  RouteIr,
  ValueMatchIr,
} from "./ir.ts";
import { convertMatch, modelMatch, takesModel } from "./matches.ts";
import { resolveMirrors } from "./mirrors.ts";
import { nameKey, originOf } from "./origins.ts";
import { replaceablePrefix } from "./path-modifier.ts";
import { type Rank, rankOf } from "./precedence.ts";
import { type Arrival, arrivalOn, redirectTo } from "./redirect.ts";
import { policyRetryOn, retryOf } from "./retry.ts";
import { routeTimeouts } from "./timeouts.ts";
import { toldToPicker } from "./told-to-picker.ts";
import { loadReportHeaders } from "./traffic/load-balancer.ts";
import { noTraffic, type PolicyTraffic, settingsBeside, trafficOf } from "./traffic/traffic.ts";
import { policyWithoutEffect, withoutEffect } from "./without-effect.ts";

/** One rule of one route, with its references resolved and one policy in effect. */
export interface RuleView {
  /** One per match that can be expressed. */
  readonly entries: readonly RuleEntry[];
  /** Those that an entry names. */
  readonly clusters: readonly ClusterIr[];
  readonly problems: readonly RuleProblem[];
  /** Fields that are set and not in effect. */
  readonly notInEffect: readonly string[];
}

/** One match of one rule, ready to be put in order. */
export interface RuleEntry {
  /** "namespace/name" of the route. */
  readonly owner: string;
  readonly rank: Rank;
  readonly route: RouteIr;
  /** Equal for equal matches. */
  readonly matchText: string;
  /** InferenceModels of the pools that it names. */
  readonly models: readonly string[];
}

export interface RuleProblem {
  readonly on: "Accepted" | "ResolvedRefs";
  readonly reason: string;
  readonly message: string;
}

export interface RuleInput {
  readonly route: HTTPRoute;
  readonly index: number;
  readonly rule: HTTPRouteRule;
  /** One per backendRef. */
  readonly backends: readonly Backend[];
  /** One per RequestMirror filter. */
  readonly mirrors: readonly Backend[];
  readonly policy: BackendTrafficPolicy | undefined;
  /** Present where the answer depends on it. */
  readonly arrival: Arrival | undefined;
}

/** The route for a host where its request bodies have to be read for the sake of other rules. */
export const withOverlap = memoOn((route: RouteIr): RouteIr => ({ ...route, body: "overlaps" }));

export function resolveRule(input: RuleInput): RuleView {
  const { route, index, rule, policy } = input;
  const fieldPath = `spec.rules[${index}]`;
  const traffic = policy === undefined ? noTraffic : trafficOf(policy);
  const filters = ruleFilters(rule.filters, `${fieldPath}.filters`, replaceablePrefix(rule));
  const targets = resolveTargets(input, fieldPath, traffic);
  const mirrors = resolveMirrors(filters.mirrors, input.mirrors, traffic.cluster);

  const implied = rule.matches.length === 0;
  const matches = (implied ? matchEverythingByDefault : rule.matches).map(convertMatch);
  const matchProblems = matches.flatMap((match, position) =>
    match.kind === "invalid"
      ? [{ reason: "UnsupportedValue", message: `${fieldPath}.matches[${position}].${match.problem}` } as const]
      : [],
  );
  const invalid = [
    ...matchProblems,
    ...incompatibilities(rule.filters, targets.length > 0, `${fieldPath}.filters`),
    ...filters.problems,
  ];
  const retry = retryOf(rule) ?? policyRetryOn(rule, traffic);

  const entries = matches.flatMap((converted, position): RuleEntry[] => {
    if (converted.kind === "invalid") return [];
    const place = { rule: index, match: implied ? -1 : position };
    const { match } = converted;
    const action =
      invalid[0] === undefined
        ? actionOf(input, match, filters, { targets, mirrors: mirrors.mirrors, retry, traffic })
        : respond(`The rule is invalid: ${invalid[0].message}`);
    return [entryOf(route, place, match, action, { filters, targets, traffic })];
  });
  const forwards = entries.some(({ route: { action } }) => action.kind === "forward");
  return {
    entries,
    clusters: forwards
      ? [...targets.flatMap((target) => (target.weight > 0 ? clustersOf(target) : [])), ...mirrors.clusters]
      : [],
    problems: [
      ...invalid.map(({ reason, message }) => ({ on: "Accepted", reason, message }) as const),
      ...targets.flatMap(({ problem }) => problem ?? []),
      ...mirrors.problems,
    ],
    notInEffect: [
      ...withoutEffect(rule, filters).map((field) => `${fieldPath}.${field}`),
      ...filters.notInEffect,
      ...targets.flatMap((target) => target.filters.notInEffect),
      ...policyWithoutEffect(input, targets, traffic),
    ],
  };
}

/** What an edit leaves equal stays the identical object, and keeps the bytes that were made from it. */
export function keepEqualParts(view: RuleView, last: RuleView | undefined): RuleView {
  if (last === undefined) return view;
  const entries = view.entries.map((entry) => {
    const before = last.entries.find(({ route }) => route.name === entry.route.name);
    if (before === undefined || !isEqual(before.route, entry.route)) return entry;
    return isEqual(before, entry) ? before : { ...entry, route: before.route };
  });
  return { ...view, entries };
}

/** Both were made by the same code, so equal content is written equally. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const matchEverythingByDefault = matchEverything as HTTPRouteRule["matches"];

/** One backendRef. */
interface Target {
  readonly weight: number;
  readonly backend: Backend;
  readonly filters: ConvertedFilters;
  readonly cluster?: ClusterIr;
  readonly problem?: RuleProblem;
}

function resolveTargets(input: RuleInput, fieldPath: string, traffic: PolicyTraffic): readonly Target[] {
  const hasPool = input.backends.some(({ kind }) => kind === "pool");
  const settings = settingsBeside(traffic, hasPool);
  const targets = (input.rule.backendRefs ?? []).map((ref, position) => {
    const filters = backendFilters(ref.filters, `${fieldPath}.backendRefs[${position}].filters`);
    const found = input.backends[position] as Backend;
    const backend: Backend =
      found.kind === "missing" || filters.problems[0] === undefined
        ? found
        : { kind: "missing", reason: "UnsupportedRefValue", message: filters.problems[0].message };
    return targetOf(ref, backend, filters, settings);
  });
  return withoutFallbacks(targets);
}

/** A fallback gets requests only where there is nothing else. */
function withoutFallbacks(targets: readonly Target[]): readonly Target[] {
  const isFallback = ({ backend }: Target): boolean => backend.kind === "service" && backend.isFallback === true;
  if (!targets.some((target) => target.weight > 0 && !isFallback(target))) return targets;
  return targets.map((target) => (isFallback(target) ? { ...target, weight: 0 } : target));
}

function targetOf(
  ref: HTTPBackendRef,
  backend: Backend,
  filters: ConvertedFilters,
  settings: ClusterSettingsIr,
): Target {
  const base = { weight: ref.weight, backend, filters };
  switch (backend.kind) {
    case "service":
      return { ...base, cluster: clusterOf(backend.origin, backend.endpoints, settings) };
    case "pool": {
      const { origin, endpoints, tls } = backend.face;
      return { ...base, cluster: clusterOf(origin, endpoints, { ...settings, ...present("tls", tls) }) };
    }
    case "missing":
      return { ...base, problem: { on: "ResolvedRefs", reason: backend.reason, message: backend.message } };
  }
}

/** Its own, and that of the picker that is asked first. */
function clustersOf({ backend, cluster }: Target): readonly ClusterIr[] {
  if (cluster === undefined) return [];
  const picker = backend.kind === "pool" ? backend.face.picker : undefined;
  return picker === undefined ? [cluster] : [cluster, picker.cluster];
}

/** What a rule forwards to, and how. */
interface Forwarding {
  readonly targets: readonly Target[];
  readonly mirrors: readonly MirrorIr[];
  readonly retry: RetryIr | undefined;
  readonly traffic: PolicyTraffic;
}

function actionOf(
  { rule, arrival = arrivalOn(undefined) }: RuleInput,
  match: MatchIr,
  { redirect, rewrite, requestHeaders }: ConvertedFilters,
  { targets, mirrors, retry, traffic }: Forwarding,
): ActionIr {
  if (redirect !== undefined) return redirectTo(redirect.redirect, redirect.path, arrival);
  const weighed = targets.filter(({ weight }) => weight > 0);
  const [first] = weighed;
  if (first === undefined) {
    return respond(targets.length === 0 ? "The rule has no backend" : "No backend of the rule has a weight");
  }
  if (first.backend.kind === "missing" && weighed.every(({ backend }) => backend.kind === "missing")) {
    return respond(first.backend.message);
  }
  const model = modelMatch(match);
  return {
    kind: "forward",
    backends: weighed.map((target) => backendOf(target, model, requestHeaders)),
    ...routeTimeouts(rule, timersOf(traffic, weighed), retry !== undefined),
    ...(rewrite === undefined ? {} : { rewrite }),
    ...(mirrors.length === 0 ? {} : { mirrors }),
    ...(retry === undefined ? {} : { retry }),
    ...present("hash", traffic.hash),
    ...present("upgrades", traffic.upgrades),
    ...present("bodyLimitBytes", traffic.bodyLimitBytes),
  };
}

function respond(reason: string): ActionIr {
  return { kind: "respond", status: 500, reason };
}

function backendOf(
  { weight, backend, filters, cluster }: Target,
  model: ValueMatchIr | undefined,
  ruleHeaders: HeaderMutationIr,
): BackendIr {
  const { requestHeaders, responseHeaders, rewrite } = filters;
  const rewriteHostname = rewrite?.hostname;
  const base = {
    weight,
    requestHeaders,
    responseHeaders,
    ...(rewriteHostname === undefined ? {} : { rewriteHostname }),
  };
  if (backend.kind === "missing" || cluster === undefined) {
    const reason = backend.kind === "missing" ? backend.message : "";
    return { ...base, target: { kind: "missing", reason } };
  }
  if (backend.kind === "service") return { ...base, target: { kind: "cluster", cluster: cluster.key } };
  const { key, failOpen, models, renamesOthers, picker } = backend.face;
  // The body is rewritten where a model that this match takes has another name on the servers.
  const bodyToPicker = renamesOthers || models.some(({ name, renamed }) => renamed && takesModel(model, name));
  const pool = {
    pool: key,
    bodyToPicker: bodyToPicker || backend.face.readsPrompts,
    retries: backend.face.fallbacks,
    failOpen,
    ...toldToPicker(ruleHeaders, requestHeaders),
    ...(backend.face.tokenUsage ? { tokenUsage: true as const } : {}),
    ...(picker === undefined ? {} : { picker: pickerUse(picker) }),
  };
  return { ...base, target: { kind: "cluster", cluster: cluster.key, pool } };
}

function pickerUse({ cluster, authority, chain, believes }: ExternalPicker): ExternalPickerIr {
  return { cluster: cluster.key, authority, chain, believes };
}

function entryOf(
  route: HTTPRoute,
  place: { readonly rule: number; readonly match: number },
  match: MatchIr,
  action: ActionIr,
  { filters, targets, traffic }: Pick<Forwarding, "targets" | "traffic"> & { readonly filters: ConvertedFilters },
): RuleEntry {
  const { namespace, name, creationTimestamp = "" } = route.metadata;
  const rulePath = `spec.rules[${place.rule}]`;
  const used = action.kind === "forward" ? targets.filter(({ weight }) => weight > 0) : [];
  const faces = used.flatMap(({ backend }) => (backend.kind === "pool" ? [backend.face] : []));
  return {
    owner: nameKey(namespace, name),
    rank: rankOf(match, { created: creationTimestamp, namespace, name, ...place }),
    matchText: JSON.stringify(match),
    models: faces.flatMap((face) => face.models.map((model) => model.name)),
    route: {
      name: `httproute/${namespace}/${name}/rule/${place.rule}/match/${place.match}`,
      origin: originOf(route, place.match < 0 ? rulePath : `${rulePath}.matches[${place.match}]`),
      match,
      action,
      requestHeaders: filters.requestHeaders,
      responseHeaders: traffic.dropLoadReports ? withoutLoadReports(filters.responseHeaders) : filters.responseHeaders,
      ...present("traffic", traffic.route),
      ...(filters.cors === undefined ? {} : { cors: filters.cors }),
      body: modelMatch(match) !== undefined || faces.length > 0 ? "needs" : "none",
    },
  };
}

/** Where a pool is among the backends the time of a stream is the clusters' to limit. */
function timersOf({ maxStreamDurationMs, ...traffic }: PolicyTraffic, targets: readonly Target[]): PolicyTraffic {
  const hasPool = targets.some(({ backend }) => backend.kind === "pool");
  return hasPool ? traffic : { ...traffic, ...present("maxStreamDurationMs", maxStreamDurationMs) };
}

function withoutLoadReports(headers: HeaderMutationIr): HeaderMutationIr {
  return { ...headers, remove: [...new Set([...headers.remove, ...loadReportHeaders])] };
}
