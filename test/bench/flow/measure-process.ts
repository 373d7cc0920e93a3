/** One case in the process that it has for itself: `node --expose-gc measure-process.ts CASE`. Prints FlowFigures. */
import type { Ask } from "../../../src/picker/flow/ask.ts";
import { FlowController, type Ticket } from "../../../src/picker/flow/controller.ts";
import type { FlowSettings, Moment, Placer } from "../../../src/picker/flow/ports.ts";
import type { Placement } from "../../../src/picker/schedule/placement.ts";
import { Dice } from "../../helpers/dice.ts";
import { makeAsk, wallStartMs } from "../../helpers/make-ask.ts";
import type { CancelCase, FlowCase, FlowFigures, SteadyCase } from "./case.ts";

const settings: FlowSettings = {
  queueing: true,
  queueTtlMs: 0,
  maxDeadlineMs: 0,
  starvationBoundMs: 0,
  starvationShare: 0.1,
  maxQueuedRequests: 4_000_000,
  maxQueuedBytes: Number.MAX_SAFE_INTEGER,
  waitForEndpointsMs: 0,
};

const placement: Placement = { id: "placement", endpoints: ["10.0.0.1:8000"] };

/** Places as many as it is told to, and costs nothing itself. */
class Permits implements Placer {
  left = 0;

  place(): Placement | undefined {
    if (this.left === 0) return undefined;
    this.left--;
    return placement;
  }

  placeAnyway(): Placement {
    return placement;
  }

  saturated(): boolean {
    return true;
  }
}

const permits = new Permits();
const controller = new FlowController({ placer: permits, settings });
let arrivals = 0;
let settled = 0;

/** Each arrival a little after the one before. */
function now(): Moment {
  const ms = arrivals / 100;
  return { monotonicMs: ms, wallMs: wallStartMs + ms };
}

function settle(): void {
  settled++;
}

/** Strings of its own, as those that are read from the wire. */
function nextAsk(flows: number): Ask {
  const index = arrivals++;
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  return makeAsk(id, { atMs: index / 100, flow: `tenant-${index % flows}` });
}

function measure(given: FlowCase): FlowFigures {
  const asks: Ask[] = [];
  const tickets: Ticket[] = [];
  const empty = heapBytes();
  for (let index = 0; index < given.waiting; index++) asks.push(nextAsk(given.flows));
  const withAsks = heapBytes();
  const admitMs = timed(() => {
    for (const ask of asks) tickets.push(controller.admit(ask, settle, now()));
  });
  const full = heapBytes();
  return {
    ...measureFull(given, tickets),
    admittedPerSecond: (given.waiting * 1_000) / admitMs,
    bytesPerItem: (full - withAsks) / given.waiting,
    bytesPerAsk: (withAsks - empty) / given.waiting,
  };
}

function measureFull(given: FlowCase, tickets: readonly Ticket[]): Pick<FlowFigures, "perSecond" | "longestMs"> {
  switch (given.kind) {
    case "steady":
      return steady(given);
    case "drain":
      return drain(given.waiting);
    case "cancel":
      return cancelStorm(given, tickets);
  }
}

const warmUpMs = 200;
const stepsAtOnce = 20;

function steady({ flows, measureMs }: SteadyCase): Pick<FlowFigures, "perSecond" | "longestMs"> {
  const step = (): void => {
    controller.admit(nextAsk(flows), settle, now());
    permits.left = 1;
    controller.drain(now());
  };
  repeatFor(warmUpMs, step);
  return repeatFor(measureMs, step);
}

function repeatFor(ms: number, step: () => void): Pick<FlowFigures, "perSecond" | "longestMs"> {
  const startMs = performance.now();
  let longestMs = 0;
  let steps = 0;
  for (let atMs = startMs; atMs - startMs < ms; ) {
    for (let index = 0; index < stepsAtOnce; index++) step();
    const endMs = performance.now();
    longestMs = Math.max(longestMs, endMs - atMs);
    steps += stepsAtOnce;
    atMs = endMs;
  }
  return { perSecond: (steps * 1_000) / (performance.now() - startMs), longestMs };
}

function drain(waiting: number): Pick<FlowFigures, "perSecond" | "longestMs"> {
  permits.left = waiting;
  const ms = timed(() => controller.drain(now()));
  check(settled === waiting, `${settled} of ${waiting} were placed`);
  return { perSecond: (waiting * 1_000) / ms, longestMs: ms };
}

function cancelStorm(
  { cancels }: CancelCase,
  tickets: readonly Ticket[],
): Pick<FlowFigures, "perSecond" | "longestMs"> {
  const leaving = shuffled(tickets).slice(0, cancels);
  let longestMs = 0;
  const ms = timed(() => {
    for (const ticket of leaving)
      longestMs = Math.max(
        longestMs,
        timed(() => ticket.cancel(now())),
      );
  });
  check(settled === cancels, `${settled} of ${cancels} left`);
  return { perSecond: (cancels * 1_000) / ms, longestMs };
}

function shuffled<T>(values: readonly T[]): readonly T[] {
  const dice = new Dice(1);
  const mixed = [...values];
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = dice.below(index + 1);
    [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
  }
  return mixed;
}

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error("Cannot measure the heap: node runs without --expose-gc");
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function check(isTrue: boolean, problem: string): void {
  if (!isTrue) throw new Error(`Cannot trust the figures: ${problem}`);
}

process.stdout.write(JSON.stringify(measure(JSON.parse(process.argv[2] ?? "") as FlowCase)));
