/**
 * The last decisions that were sampled. Enough to see what the picker does, bounded in number and in rate, so that it
 * costs nothing however many requests come. Never a prompt, never a header.
 */
import { outcomeLabel } from "./flow/stats.ts";
import type { Decision, DecisionPage } from "./messages.ts";
import type { Settled } from "./placing.ts";

export interface DecisionLogOptions {
  /** So many are kept. */
  readonly size: number;
  /** Sampled per second, for long. */
  readonly perSecond: number;
  /** Sampled at once, after quiet. */
  readonly burst: number;
}

export const defaultDecisionLog: DecisionLogOptions = { size: 256, perSecond: 10, burst: 50 };

export class DecisionLog {
  readonly #options: DecisionLogOptions;
  #kept: readonly Decision[] = [];
  #decided = 0;
  #sampled = 0;
  #allowance: number;
  #allowedAtMs = 0;

  constructor(options: DecisionLogOptions = defaultDecisionLog) {
    this.#options = options;
    this.#allowance = options.burst;
  }

  /** One decision more; whether it is to be kept. */
  wants(nowMs: number): boolean {
    const { perSecond, burst } = this.#options;
    this.#decided++;
    this.#allowance = Math.min(burst, this.#allowance + ((nowMs - this.#allowedAtMs) / 1_000) * perSecond);
    this.#allowedAtMs = nowMs;
    if (this.#allowance < 1) return false;
    this.#allowance--;
    this.#sampled++;
    return true;
  }

  add(decision: Decision): void {
    this.#kept = [...this.#kept.slice(1 - this.#options.size), decision];
  }

  /** Newest first. */
  page(limit: number): DecisionPage {
    const decisions = limit <= 0 ? [] : this.#kept.slice(-limit).reverse();
    return { decided: this.#decided, sampled: this.#sampled, decisions };
  }
}

export function decisionOf({ ask, outcome, waitedFor, now }: Settled): Decision {
  const { id, pool, model, target, priority } = ask;
  const placement = outcome.kind === "placed" ? outcome.placement : undefined;
  return {
    timeMs: now.wallMs,
    requestId: id,
    pool,
    model,
    target,
    priority,
    outcome: outcomeLabel(outcome),
    waitedMs: outcome.kind === "refused" ? 0 : Math.round(outcome.waitedMs),
    waitedFor,
    ...(placement?.explanation === undefined ? {} : { expected: placement.explanation.expected }),
    endpoints: placement?.endpoints ?? [],
    servers: placement?.explanation?.servers ?? [],
  };
}
