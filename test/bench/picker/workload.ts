/** What is sent, and when. Pure. */
import type { Random } from "../../../src/sim/load/random.ts";

export interface Load {
  readonly name: string;
  /** Undefined: what the machine holds, found out first. */
  readonly requestsPerS?: number;
  readonly events: number;
  readonly everyMs: number;
  readonly promptBytes: number;
}

/** Four characters are about one token. */
const promptOf200Tokens = 800;

export const loads: readonly Load[] = [
  { name: "100x100", requestsPerS: 100, events: 100, everyMs: 5, promptBytes: promptOf200Tokens },
  { name: "500x10", requestsPerS: 500, events: 10, everyMs: 20, promptBytes: promptOf200Tokens },
  { name: "220kB", events: 10, everyMs: 20, promptBytes: 220_000 },
];

export function promptOf(bytes: number): string {
  const word = "lorem ipsum dolor sit amet ";
  return word.repeat(Math.ceil(bytes / word.length)).slice(0, bytes);
}

/** Arrivals that know nothing of each other: exponential times between them. */
export function sendTimesMs(perSecond: number, seconds: number, random: Random): readonly number[] {
  const times: number[] = [];
  for (let at = 0; ; ) {
    at += (-Math.log(1 - random()) * 1_000) / perSecond;
    if (at >= seconds * 1_000) return times;
    times.push(at);
  }
}
