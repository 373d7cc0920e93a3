import { type Capacity, defaultCapacity, scaledCapacity } from "../../../src/sim/capacity.ts";
import { Engine } from "../../../src/sim/engine.ts";
import { seededRandom } from "../../../src/sim/load/random.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

export interface VirtualRun {
  /** Seconds to the first token, by client. */
  readonly ttft: readonly (readonly number[])[];
  readonly tokensPerSecond: number;
  readonly preemptions: number;
}

const servers = 5;
const inFlight = 60;
const requestsPerClient = 300;

/**
 * The load of the scenario in virtual time: so many benchmark clients, each with 60 requests in flight that start within
 * two seconds, on five servers, each request to the one with the fewest.
 */
export function runVirtually(clients: number, seed: number, scale: number): VirtualRun {
  const clock = new FakeClock();
  const random = seededRandom(seed);
  const capacity: Capacity = scaledCapacity(defaultCapacity, scale);
  const engines = Array.from({ length: servers }, () => ({ engine: new Engine(clock, capacity), load: 0 }));
  const around = (mean: number): number => Math.round((mean / scale) * (0.8 + 0.4 * random()));
  const ttft: number[][] = [];
  let tokens = 0;
  let lastMs = 0;

  const client = (times: number[]): void => {
    let left = requestsPerClient;
    const next = (): void => {
      if (left-- <= 0) return;
      const server = leastLoaded(engines, random);
      const startMs = clock.monotonicMs();
      server.load++;
      server.engine.submit(
        { promptTokens: 1_000 / scale + around(3_000), maxTokens: around(3_000) },
        {
          onToken(generated) {
            tokens++;
            if (generated === 1) times.push((clock.monotonicMs() - startMs) / 1_000);
          },
          onEnd() {
            server.load--;
            lastMs = clock.monotonicMs();
            next();
          },
        },
      );
    };
    for (let i = 0; i < inFlight; i++) clock.after((random() * 2_000) / scale, next);
  };

  for (let i = 0; i < clients; i++) client((ttft[i] = []));
  while (clock.pendingTimers > 0) clock.advance(10_000);
  return {
    ttft,
    tokensPerSecond: (tokens / lastMs) * 1_000,
    preemptions: engines.reduce((sum, { engine }) => sum + engine.stats().preemptions, 0),
  };
}

function leastLoaded<T extends { readonly load: number }>(servers: readonly T[], random: () => number): T {
  const fewest = Math.min(...servers.map(({ load }) => load));
  const candidates = servers.filter(({ load }) => load === fewest);
  return candidates[Math.floor(random() * candidates.length)] as T;
}
