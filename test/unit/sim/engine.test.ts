import assert from "node:assert/strict";
import { test } from "node:test";
import { type Capacity, defaultCapacity } from "../../../src/sim/capacity.ts";
import { Engine } from "../../../src/sim/engine.ts";
import type { EngineRequest } from "../../../src/sim/sequence.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

interface Run {
  readonly tokensAtMs: number[];
  endedAtMs: number | undefined;
  readonly cancel: () => void;
}

function setUp(changes: Partial<Capacity> = {}) {
  const clock = new FakeClock();
  const engine = new Engine(clock, { ...defaultCapacity, ...changes });
  const submit = (request: EngineRequest): Run => {
    const run: Run = {
      tokensAtMs: [],
      endedAtMs: undefined,
      cancel: engine.submit(request, {
        onToken: () => run.tokensAtMs.push(clock.monotonicMs()),
        onEnd: () => {
          run.endedAtMs = clock.monotonicMs();
        },
      }),
    };
    return run;
  };
  const settle = (): void => {
    while (clock.pendingTimers > 0) clock.advance(1_000);
  };
  return { clock, engine, submit, settle };
}

function near(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 0.01, `${actual} is not ${expected}`);
}

test("a prompt is computed in chunks, each sharing a step with decoding", () => {
  const { submit, settle } = setUp();
  const run = submit({ promptTokens: 1_000, maxTokens: 3 });
  settle();
  const first = 2 * (31 + 1.2) + 1_000 / 3.5;
  near(run.tokensAtMs[0], first);
  near(run.tokensAtMs[1], first + 32.2);
  near(run.endedAtMs, first + 2 * 32.2);
  assert.equal(run.tokensAtMs.length, 3);
});

test("each running sequence makes the step longer", () => {
  const { submit, settle } = setUp();
  const runs = Array.from({ length: 10 }, () => submit({ promptTokens: 7, maxTokens: 2 }));
  settle();
  for (const run of runs) {
    near(run.tokensAtMs[0], 31 + 12 + 70 / 3.5);
    near(run.tokensAtMs[1], 31 + 12 + 70 / 3.5 + 31 + 12);
  }
});

test("a chunk is split over sequences in the order of their arrival", () => {
  const { submit, settle } = setUp();
  const first = submit({ promptTokens: 500, maxTokens: 1 });
  const second = submit({ promptTokens: 24, maxTokens: 1 });
  settle();
  near(first.tokensAtMs[0], 31 + 2.4 + 512 / 3.5);
  near(second.tokensAtMs[0], 31 + 2.4 + 512 / 3.5 + 31 + 1.2 + 12 / 3.5);
});

test("the cache in use follows the tokens held and returns to zero", () => {
  const { clock, engine, submit, settle } = setUp({ kvBlocks: 100 });
  submit({ promptTokens: 160, maxTokens: 40 });
  clock.advance(1);
  assert.equal(engine.stats().kvUsage, 0.1);
  clock.advance(31 + 1.2 + 160 / 3.5);
  assert.equal(engine.stats().kvUsage, 0.11, "the 161st token opens a block");
  clock.advance(16 * 32.2);
  assert.equal(engine.stats().kvUsage, 0.12);
  settle();
  assert.equal(engine.stats().kvUsage, 0);
  assert.equal(engine.stats().promptTokens, 160);
  assert.equal(engine.stats().generatedTokens, 40);
});

test("what does not fit waits, and a later small request does not pass it", () => {
  const { clock, engine, submit, settle } = setUp({ kvBlocks: 20 });
  const running = submit({ promptTokens: 160, maxTokens: 20 });
  const large = submit({ promptTokens: 200, maxTokens: 2 });
  const small = submit({ promptTokens: 16, maxTokens: 2 });
  clock.advance(1);
  assert.equal(engine.stats().running, 1);
  assert.equal(engine.stats().waiting, 2);
  settle();
  assert.ok((running.endedAtMs as number) < (large.tokensAtMs[0] as number));
  assert.ok((large.tokensAtMs[0] as number) <= (small.tokensAtMs[0] as number));
});

test("no more sequences run than the limit", () => {
  const { clock, engine, submit } = setUp({ maxSequences: 2 });
  for (let i = 0; i < 3; i++) submit({ promptTokens: 10, maxTokens: 10 });
  clock.advance(100);
  assert.equal(engine.stats().running, 2);
  assert.equal(engine.stats().waiting, 1);
});

test("when blocks run out the newest is preempted, computed again and completes", () => {
  const { clock, engine, submit, settle } = setUp({ kvBlocks: 20, watermark: 0 });
  const older = submit({ promptTokens: 144, maxTokens: 100 });
  const newer = submit({ promptTokens: 144, maxTokens: 100 });
  clock.advance(31 + 2.4 + 288 / 3.5 + 17 * 33.4);
  assert.equal(engine.stats().preemptions, 1);
  assert.equal(engine.stats().running, 1);
  assert.equal(engine.stats().waiting, 1);
  settle();
  assert.equal(older.tokensAtMs.length, 100);
  assert.equal(newer.tokensAtMs.length, 100, "no token is sent twice");
  assert.ok((older.endedAtMs as number) < (newer.endedAtMs as number));
  assert.equal(engine.stats().promptTokens, 288, "a recomputed prompt counts once");
  assert.equal(engine.stats().kvUsage, 0);
});

test("cancelling frees blocks at once and lets the next one in", () => {
  const { clock, engine, submit, settle } = setUp({ kvBlocks: 20 });
  const gone = submit({ promptTokens: 300, maxTokens: 10 });
  const next = submit({ promptTokens: 300, maxTokens: 10 });
  clock.advance(200);
  assert.equal(engine.stats().waiting, 1);
  const heard = gone.tokensAtMs.length;
  gone.cancel();
  gone.cancel();
  assert.equal(engine.stats().kvUsage, 0);
  settle();
  assert.equal(gone.tokensAtMs.length, heard);
  assert.equal(gone.endedAtMs, undefined);
  assert.equal(next.tokensAtMs.length, 10);
  assert.equal(engine.stats().finished, 1);
});

test("cancelling a waiting request leaves the others alone", () => {
  const { clock, engine, submit, settle } = setUp({ maxSequences: 1 });
  const runs = [1, 2, 3].map(() => submit({ promptTokens: 10, maxTokens: 3 }));
  clock.advance(1);
  runs[1]?.cancel();
  settle();
  assert.deepEqual(
    runs.map((run) => run.tokensAtMs.length),
    [3, 0, 3],
  );
  assert.equal(engine.stats().finished, 2);
});

test("a listener may submit the next request from the end of its last", () => {
  const { clock, engine, settle } = setUp();
  const ends: number[] = [];
  const again = (left: number): void => {
    engine.submit(
      { promptTokens: 35, maxTokens: 1 },
      {
        onToken() {},
        onEnd() {
          ends.push(clock.monotonicMs());
          if (left > 1) again(left - 1);
        },
      },
    );
  };
  again(3);
  settle();
  assert.deepEqual(
    ends.map((endMs) => Math.round(endMs * 10) / 10),
    [42.2, 84.4, 126.6],
  );
});

test("at most max loras adapters run together; one without a place does not hold up the base model", () => {
  const { clock, engine, submit } = setUp({ maxLoras: 1 });
  submit({ promptTokens: 10, maxTokens: 50, lora: "a" });
  submit({ promptTokens: 10, maxTokens: 50, lora: "b" });
  submit({ promptTokens: 10, maxTokens: 50 });
  submit({ promptTokens: 10, maxTokens: 50, lora: "a" });
  clock.advance(1);
  assert.equal(engine.stats().running, 3);
  assert.deepEqual(engine.stats().runningLoras, ["a"]);
  assert.deepEqual(engine.stats().waitingLoras, ["b"]);
});

test("what can never fit is refused", () => {
  const { submit } = setUp({ kvBlocks: 10 });
  assert.throws(() => submit({ promptTokens: 150, maxTokens: 11 }), /161 tokens exceed the KV cache of 160/);
});

test("a stopped engine has no timer and no request", () => {
  const { clock, engine, submit } = setUp();
  submit({ promptTokens: 10, maxTokens: 50 });
  clock.advance(100);
  engine.stop();
  assert.equal(clock.pendingTimers, 0);
  assert.equal(engine.stats().running, 0);
});

test("a request that arrives shortly after the engine went idle gets its whole step", () => {
  const { clock, engine, submit, settle } = setUp();
  submit({ promptTokens: 35, maxTokens: 1 });
  settle();
  const startMs = clock.monotonicMs();
  const before = submit({ promptTokens: 35, maxTokens: 1 });
  clock.advance(42.2);
  assert.equal(before.tokensAtMs.length, 1);
  clock.advance(10);
  const late = submit({ promptTokens: 35, maxTokens: 1 });
  settle();
  near(late.tokensAtMs[0], startMs + 52.2 + 42.2);
  assert.equal(engine.stats().finished, 3);
});

test("steps keep their rhythm when timers fire a little late", () => {
  const { clock, submit, settle } = setUp();
  const after = clock.after.bind(clock);
  clock.after = (delayMs, run) => after(delayMs + 1, run);
  const run = submit({ promptTokens: 35, maxTokens: 101 });
  settle();
  near(run.endedAtMs, 1 + 42.2 + 100 * 32.2 + 1);
});

test("a slow server's steps last longer", () => {
  const { engine, submit, settle } = setUp();
  engine.slowness = 3;
  const run = submit({ promptTokens: 35, maxTokens: 1 });
  settle();
  near(run.endedAtMs, 3 * 42.2);
});

test("with prefix caching a known beginning is not computed again and its blocks are shared", () => {
  const { clock, engine, submit, settle } = setUp({ prefixCaching: true });
  const prefixHashes = ["a", "b", "c", "d"];
  submit({ promptTokens: 64, maxTokens: 1, prefixHashes });
  settle();
  assert.equal(engine.stats().kvUsage, 0);
  const startMs = clock.monotonicMs();
  const again = submit({ promptTokens: 70, maxTokens: 5, prefixHashes });
  const third = submit({ promptTokens: 70, maxTokens: 5, prefixHashes: ["a", "x"] });
  clock.advance(1);
  assert.equal(engine.stats().kvUsage, (5 + 4) / 6_000, "the third shares the first block alone");
  settle();
  near(again.tokensAtMs[0], startMs + 31 + 2.4 + (70 - 64 + 70 - 16) / 3.5);
  assert.equal(third.tokensAtMs.length, 5);
  assert.equal(engine.stats().cacheHits, 64 + 16);
  assert.equal(engine.stats().kvUsage, 0);
});

test("cached blocks that nobody holds give way to new ones", () => {
  const { engine, submit, settle } = setUp({ prefixCaching: true, kvBlocks: 10, watermark: 0 });
  submit({ promptTokens: 96, maxTokens: 1, prefixHashes: ["a", "b", "c", "d", "e", "f"] });
  settle();
  submit({ promptTokens: 150, maxTokens: 1 });
  settle();
  submit({ promptTokens: 96, maxTokens: 1, prefixHashes: ["a", "b", "c", "d", "e", "f"] });
  settle();
  assert.equal(engine.stats().finished, 3);
  assert.equal(engine.stats().cacheHits, 0);
});
