/** How good a server is for a request, as a weighted sum of scores between 0 and 1. */
import { compareStrings } from "../../lib/compare.ts";
import type { ModelServer } from "../../pool/server.ts";

export interface Candidate {
  readonly server: ModelServer;
  /** Share of the server's room in use with the request, as its admission rule sees it. */
  readonly load: number;
}

export interface ScoreWeights {
  readonly queue: number;
  readonly kvCache: number;
  readonly lora: number;
  readonly prefix: number;
  readonly session: number;
}

/** What binds a request to servers that have seen the like of it, 0..1; absent where nothing does. */
export interface Affinities {
  readonly prefix?: (server: ModelServer) => number;
  readonly session?: (server: ModelServer) => number;
}

/** A known prompt counts for nothing on a server whose load is further above the least: computing it anew is cheaper. */
const prefixGuard = 0.3;

export interface Ranked extends Candidate {
  /** Weighted, by name. */
  readonly scores: Readonly<Record<string, number>>;
  /** Their sum. */
  readonly score: number;
}

/** Best first. A total order: score, then load, then the draw that `random` makes for each, then the address. */
export function rank(
  candidates: readonly Candidate[],
  target: string,
  weights: ScoreWeights,
  random: () => number,
  { prefix, session }: Affinities = {},
): readonly Ranked[] {
  const queues = candidates.map(({ server }) => server.promptTokensAhead + server.unstarted);
  const shortest = Math.min(...queues);
  const span = Math.max(1, Math.max(...queues) - shortest);
  const mostForPrefix = Math.min(...candidates.map(({ load }) => load)) + prefixGuard;
  const scored = candidates.map(({ server, load }) => {
    const scores = {
      queue: weights.queue * (1 - (server.promptTokensAhead + server.unstarted - shortest) / span),
      kvCache: weights.kvCache * (1 - Math.min(1, load)),
      lora: weights.lora * adapterAffinity(server, target),
      ...(prefix === undefined ? {} : { prefix: load > mostForPrefix ? 0 : weights.prefix * prefix(server) }),
      ...(session === undefined ? {} : { session: weights.session * session(server) }),
    };
    const score = Object.values(scores).reduce((sum, one) => sum + one, 0);
    return { server, load, draw: random(), scores, score };
  });
  return scored.sort(
    (a, b) =>
      b.score - a.score || a.load - b.load || a.draw - b.draw || compareStrings(a.server.address, b.server.address),
  );
}

/** The field's steps: loaded, a free place for it, waiting to be loaded, neither. Alike for all where none is reported. */
function adapterAffinity(server: ModelServer, target: string): number {
  const adapters = server.reading?.adapters;
  if (adapters === undefined || adapters.running.includes(target)) return 1;
  if (adapters.running.length + adapters.waiting.length < adapters.max) return 0.8;
  return adapters.waiting.includes(target) ? 0.6 : 0;
}
