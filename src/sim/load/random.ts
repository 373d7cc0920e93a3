/** Numbers from 0 to below 1, evenly spread. */
export type Random = () => number;

/** The same numbers for the same seed on every machine (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A generator for one of many things of a run: what it gives depends on the seed and the place, not on the order of use. */
export function randomOf(seed: number, ...place: readonly number[]): Random {
  let mixed = seed | 0;
  for (const part of place) mixed = Math.imul(mixed ^ (part + 0x9e3779b9), 0x85ebca6b) ^ (mixed >>> 13);
  return seededRandom(mixed);
}

/** A whole number from `low` to `high`, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** Gamma-distributed with mean 1; shape 1 is the exponential distribution. Marsaglia and Tsang, 2000. */
export function gammaOfMeanOne(random: Random, shape: number): number {
  if (shape < 1) {
    const boosted = gammaOfMeanOne(random, shape + 1) * (shape + 1);
    return (boosted * (1 - random()) ** (1 / shape)) / shape;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / shape;
  }
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
