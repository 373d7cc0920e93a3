/** What each score of a server owes, whatever it looks at: within its weight, blind to the order, off at weight 0. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Affinities, rank, type ScoreWeights } from "../../src/picker/schedule/score.ts";
import type { ModelServer } from "../../src/pool/server.ts";
import { makeReading, makeServer } from "../helpers/make-ask.ts";

const none: ScoreWeights = { queue: 0, kvCache: 0, lora: 0, prefix: 0, session: 0 };

interface Scorer {
  readonly name: keyof ScoreWeights;
  /** Better and worse by this score alone. */
  readonly better: ModelServer;
  readonly worse: ModelServer;
  readonly loads?: readonly [number, number];
  readonly affinities?: Affinities;
}

const adapters = (running: readonly string[]) => makeReading({ adapters: { running, waiting: [], max: 1 } });
const [first, second] = [makeServer(1), makeServer(2)];
const knows = (server: ModelServer): number => (server === first ? 1 : 0.25);

const scorers: readonly Scorer[] = [
  { name: "queue", better: makeServer(1), worse: makeServer(2, makeReading({ waiting: 3 })) },
  { name: "kvCache", better: first, worse: second, loads: [0.2, 0.4] },
  { name: "lora", better: makeServer(1, adapters(["m"])), worse: makeServer(2, adapters(["other"])) },
  { name: "prefix", better: first, worse: second, affinities: { prefix: knows } },
  { name: "session", better: first, worse: second, affinities: { session: knows } },
];

for (const { name, better, worse, loads = [0.3, 0.3], affinities } of scorers) {
  describe(`the score ${name}`, () => {
    const candidates = [
      { server: better, load: loads[0] },
      { server: worse, load: loads[1] },
    ];
    const ranked = (weight: number, order = candidates) =>
      rank(order, "m", { ...none, [name]: weight }, () => 0.5, affinities);

    it("puts the better server first, in whatever order they come", () => {
      assert.equal(ranked(1)[0]?.server, better);
      assert.equal(ranked(1, candidates.toReversed())[0]?.server, better);
    });

    it("lies between 0 and its weight, and is the whole score where it alone has one", () => {
      for (const { scores, score } of ranked(3)) {
        assert.ok((scores[name] ?? -1) >= 0 && (scores[name] ?? 4) <= 3);
        assert.equal(score, scores[name]);
      }
    });

    it("counts nothing at weight 0", () => {
      assert.ok(ranked(0).every(({ score }) => score === 0));
    });
  });
}
