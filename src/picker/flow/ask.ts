import type { PoolKey } from "../../model/ir.ts";

/** A request as flow control and scheduling see it. */
export interface Ask {
  /**
   * The proxy's `request.id`. Together with `requestTimeMs` it tells a replay from another request: a client may
   * repeat the id alone.
   */
  readonly id: string;
  /** The proxy's `request.time`, wall clock with fractions; order and age survive a restart of the picker through it. */
  readonly requestTimeMs: number;
  readonly pool: PoolKey;
  /** As the client names it: what output lengths are learned by. */
  readonly model: string;
  /** As the server knows it: the model itself or an adapter. */
  readonly target: string;
  /** Higher first. */
  readonly priority: number;
  /** Fairness id; `defaultFlow` where none is trusted. */
  readonly flow: string;
  /** Of the body; 0 where unknown. */
  readonly bytes: number;
  /** Tokens of one answer that the client asks for at most. */
  readonly outputLimit?: number;
  /** `n`: answers of one prompt. */
  readonly answers: number;
  /** 0: no limit by the route. */
  readonly routeTimeoutMs: number;
  /** How long the client is willing to wait; the pool's settings bound it. */
  readonly ttlMs?: number;
  /** Of its prompt, by blocks; absent where prompts are not compared. */
  readonly prefix?: BigUint64Array;
  /** A hash of what the client calls its session. */
  readonly session?: bigint;
}

export const defaultFlow = "default-flow";
