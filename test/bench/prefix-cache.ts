/**
 * `bin/node test/bench/prefix-cache.ts`: what the comparison of prompts costs for each request, on the real request
 * reading and scheduler: prompts of 4,000 tokens of which half is known, with 5 and with 100 servers.
 */
import { findPrompt } from "../../src/picker/request/prompt-field.ts";
import { prefixChain } from "../../src/picker/schedule/prefix/chain.ts";
import { Scheduler } from "../../src/picker/schedule/scheduler.ts";
import { LearnedTokens } from "../../src/pool/learned-output.ts";
import { Ledger } from "../../src/pool/ledger.ts";
import { at, makeAsk, makeReading, makeServer } from "../helpers/make-ask.ts";
import { poolSettings } from "../helpers/make-pool.ts";

const promptBytes = 4_000 * 4;
const rounds = 2_000;
const names = { model: "m", target: "m" };

interface Costs {
  readonly servers: number;
  readonly hashUs: number;
  readonly pickUs: number;
  readonly pickWithoutUs: number;
}

function measure(count: number): Costs {
  const servers = Array.from({ length: count }, (_, host) =>
    makeServer(host, makeReading({ cache: { blockSize: 16, blocks: 6_000 } })),
  );
  const byAddress = new Map(servers.map((server) => [server.address, server]));
  const ledger = new Ledger(
    { server: (address) => byAddress.get(address) ?? makeServer(), onRoom() {} },
    { leaseMs: 60_000, lackMs: 5_000 },
  );
  let ids = 0;
  const settings = { ...poolSettings, maxConcurrency: 1_000_000, prefix: { ...poolSettings.prefix, enabled: true } };
  const ports = { ledger, learned: new LearnedTokens(), random: Math.random, uniqueId: () => `u${ids++}` };
  const scheduler = new Scheduler(ports, { settings, models: [] });
  scheduler.setServers(servers);
  const hashing = scheduler.hashing;
  if (hashing === undefined) throw new Error("Cannot measure the comparison of prompts: it is off");

  const bodies = Array.from({ length: 64 }, (_, one) => {
    const beginning = `${one % 8} You are a helpful assistant. `.repeat(promptBytes).slice(0, promptBytes / 2);
    const prompt = (beginning + `${one} What is a question? `.repeat(promptBytes)).slice(0, promptBytes);
    return Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: prompt }], max_tokens: 100 }));
  });
  const chainOf = (round: number): BigUint64Array => {
    const prompt = findPrompt(bodies[round % bodies.length] as Buffer);
    return prefixChain(prompt ?? Buffer.alloc(0), names, hashing);
  };
  const chains = bodies.map((_, place) => chainOf(place));
  let moment = 0;
  const pick = (prefix: BigUint64Array | undefined): void => {
    moment++;
    const ask = makeAsk("r", { outputLimit: 1, bytes: 400, ...(prefix === undefined ? {} : { prefix }) });
    const placement = scheduler.placeAnyway(ask, at(moment));
    if (placement !== undefined) ledger.end(placement.id);
  };
  return {
    servers: count,
    hashUs: timed(chainOf),
    pickUs: timed((round) => pick(chains[round % chains.length])),
    pickWithoutUs: timed(() => pick(undefined)),
  };
}

/** Microseconds for each round, the quickest of five. */
function timed(work: (round: number) => void): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    for (let round = 0; round < rounds; round++) work(round);
    return ((performance.now() - startedAt) * 1_000) / rounds;
  });
  return Math.round(Math.min(...times) * 10) / 10;
}

const results = [5, 100].map(measure);
for (const { servers, hashUs, pickUs, pickWithoutUs } of results) {
  process.stdout.write(
    `${servers} servers: ${hashUs} us to find and hash the prompt, ${pickUs} us to pick (${pickWithoutUs} us without)\n`,
  );
}
process.stdout.write(`result: ${JSON.stringify({ bench: "prefix-cache", promptTokens: 4_000, results })}\n`);
