import { type Compare, compareBy, compareStrings, inTurn } from "../lib/compare.ts";
import type { MatchIr } from "./ir.ts";

/** What decides which of several rules that match one request of one host gets it. */
export interface Rank {
  readonly path: "exact" | "regex" | "prefix";
  /** Characters of the path; a prefix counts without its trailing slash, so "/" counts 0. */
  readonly pathLength: number;
  readonly method: boolean;
  readonly headers: number;
  readonly query: number;
  /** RFC 3339; "" where there is none (files), which is older than any. */
  readonly created: string;
  readonly namespace: string;
  readonly name: string;
  readonly rule: number;
  readonly match: number;
}

const pathOrder = { exact: 0, regex: 1, prefix: 2 } as const;

/**
 * The specification's order, first wins: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule. It leaves the
 * place of regular expressions to the implementation: between exact and prefix, longer first, as in Envoy Gateway.
 * Two ranks tie only where they are the same match of the same rule.
 */
export const comparePrecedence: Compare<Rank> = inTurn<Rank>(
  (a, b) => pathOrder[a.path] - pathOrder[b.path],
  (a, b) => b.pathLength - a.pathLength,
  (a, b) => Number(b.method) - Number(a.method),
  (a, b) => b.headers - a.headers,
  (a, b) => b.query - a.query,
  compareBy((rank) => rank.created),
  compareBy((rank) => rank.namespace),
  compareBy((rank) => rank.name),
  (a, b) => a.rule - b.rule,
  (a, b) => a.match - b.match,
);

export type RankPlace = Pick<Rank, "created" | "namespace" | "name" | "rule" | "match">;

export function rankOf(match: MatchIr, place: RankPlace): Rank {
  const { type, value } = match.path;
  return {
    path: type,
    pathLength: type === "prefix" && value === "/" ? 0 : value.length,
    method: match.method !== undefined,
    headers: match.headers.length,
    query: match.query.length,
    ...place,
  };
}

/** Older first, then by name: who keeps a name or a target that two objects claim. */
export const compareAge: Compare<Aged> = inTurn<Aged>(
  (a, b) => compareStrings(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""),
  (a, b) => compareStrings(a.metadata.namespace, b.metadata.namespace),
  (a, b) => compareStrings(a.metadata.name, b.metadata.name),
);

interface Aged {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly creationTimestamp?: string };
}
