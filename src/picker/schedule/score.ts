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
}

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
): readonly Ranked[] {
  const queues = candidates.map(({ server }) => server.promptTokensAhead + server.unstarted);
  const shortest = Math.min(...queues);
  const span = Math.max(1, Math.max(...queues) - shortest);
  const scored = candidates.map(({ server, load }) => {
    const scores = {
      queue: weights.queue * (1 - (server.promptTokensAhead + server.unstarted - shortest) / span),
      kvCache: weights.kvCache * (1 - Math.min(1, load)),
      lora: weights.lora * adapterAffinity(server, target),
    };
    return { server, load, draw: random(), scores, score: scores.queue + scores.kvCache + scores.lora };
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
