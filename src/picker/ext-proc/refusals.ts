/** What a client is told when its request is not served. One total mapping, with the field's drop reasons. */
import { assertNever } from "../../lib/assert-never.ts";
import type { EvictionReason, RefusalReason } from "../flow/outcome.ts";
import type { RequestError } from "../request/request-error.ts";

export interface Refusal {
  readonly status: 400 | 404 | 429 | 500 | 503;
  /** `error.code` of the OpenAI form. */
  readonly code: string;
  readonly message: string;
  /** Value of `x-llm-d-request-dropped-reason`. */
  readonly dropReason?: string;
  readonly retryAfterS?: number;
}

/** The others have nobody to be told. */
export type ToldReason = RefusalReason | Exclude<EvictionReason, "client-gone" | "handed-over">;

/** `drainS`: in how many seconds the present queue is served. */
export function refusalOf(reason: ToldReason, drainS: () => number): Refusal {
  switch (reason) {
    case "queue-full":
      return tooMany(
        "queue_full",
        "Cannot queue the request: the queue of this pool is full",
        "rejected-saturated",
        drainS(),
      );
    case "saturated":
      return tooMany(
        "saturated",
        "Cannot serve the request: the pool is saturated, queueing is off, and the request is not critical",
        "rejected-saturated",
        drainS(),
      );
    case "displaced":
      return tooMany(
        "displaced",
        "Cannot keep the request: a more important one needs its place in a full queue",
        "evicted-priority",
        drainS(),
      );
    case "no-endpoints":
      return unavailable(
        "no_endpoints",
        "Cannot serve the request: the pool has no model server",
        "rejected-no-endpoints",
        5,
      );
    case "ttl-expired":
      return unavailable(
        "queue_timeout",
        "Cannot serve the request: no model server had room in time",
        "rejected-ttl-expired",
        drainS(),
      );
    case "shutting-down":
      return shuttingDown;
    case "replaced":
      return unavailable("replaced", "Cannot serve the request: the proxy has sent it again", "rejected-replaced", 1);
    default:
      return assertNever(reason);
  }
}

export function refusalOfError(error: RequestError): Refusal {
  const { status, code, message } = error;
  return { status, code, message, ...(status === 503 ? { retryAfterS: 1 } : {}) };
}

export const shuttingDown: Refusal = unavailable(
  "shutting_down",
  "Cannot serve the request: the gateway is shutting down",
  "rejected-shutting-down",
  1,
);

/** The route names a pool that the pool table lacks: the one arrives before the other. */
export const unknownPool: Refusal = unavailable(
  "unknown_pool",
  "Cannot serve the request: its pool is not known yet",
  "rejected-no-endpoints",
  1,
);

export const internalError: Refusal = {
  status: 500,
  code: "internal_error",
  message: "Cannot place the request: an internal error, which the gateway's log tells",
};

function tooMany(code: string, message: string, dropReason: string, retryAfterS: number): Refusal {
  return { status: 429, code, message, dropReason, retryAfterS };
}

function unavailable(code: string, message: string, dropReason: string, retryAfterS: number): Refusal {
  return { status: 503, code, message, dropReason, retryAfterS };
}
