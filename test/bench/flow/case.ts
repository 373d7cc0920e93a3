/** What is measured of flow control, each in a fresh process. */
export type FlowCase = SteadyCase | DrainCase | CancelCase;

interface Filled {
  /** Requests that wait before anything is measured. */
  readonly waiting: number;
  /** Fairness ids that they are spread over. */
  readonly flows: number;
}

/** One request comes, one is placed, while `waiting` wait: a gateway under constant load. */
export interface SteadyCase extends Filled {
  readonly kind: "steady";
  readonly measureMs: number;
}

/** Room for all of them at once. */
export interface DrainCase extends Filled {
  readonly kind: "drain";
}

/** Clients go away, no matter where in the queue they stand. */
export interface CancelCase extends Filled {
  readonly kind: "cancel";
  readonly cancels: number;
}

export interface FlowFigures {
  /** What the case is about, a second: placed, or cancelled. */
  readonly perSecond: number;
  /** The longest single step, ms. */
  readonly longestMs: number;
  readonly admittedPerSecond: number;
  /** Of one waiting request in flow control, and of the request itself beside it. */
  readonly bytesPerItem: number;
  readonly bytesPerAsk: number;
}

const depths = [1_000, 10_000, 100_000, 1_000_000];
const flowCounts = [1, 5_000];

export function flowCases({ quick }: { readonly quick: boolean }): readonly FlowCase[] {
  const measureMs = quick ? 300 : 1_000;
  const steady = depths
    .filter((waiting) => !quick || waiting <= 100_000)
    .flatMap((waiting) => flowCounts.map((flows): FlowCase => ({ kind: "steady", waiting, flows, measureMs })));
  return [
    ...steady,
    ...flowCounts.map((flows): FlowCase => ({ kind: "drain", waiting: 10_000, flows })),
    ...flowCounts.map((flows): FlowCase => ({ kind: "cancel", waiting: 100_000, flows, cancels: 10_000 })),
  ];
}

export function caseName({ kind, waiting, flows }: FlowCase): string {
  return `${kind} ${waiting.toLocaleString("en-US")} waiting, ${flows.toLocaleString("en-US")} flow${flows === 1 ? "" : "s"}`;
}
