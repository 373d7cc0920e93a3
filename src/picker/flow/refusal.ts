import { assertNever } from "../../lib/assert-never.ts";
import type { Evicted, Refused } from "./outcome.ts";

/** An answer to the client, in OpenAI's JSON form. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Names and values: https://github.com/llm-d/llm-d-router (pkg/epp/requestcontrol/admission.go). */
export const droppedReasonHeader = "x-llm-d-request-dropped-reason";

interface Words {
  readonly status: 429 | 503;
  readonly dropped: string;
  readonly code: string;
  readonly message: string;
}

/** What a request that got no server is told. The proxy discards the answer where the client has left. */
export function refusalOf(outcome: Refused | Evicted, retryAfterS: number): Refusal {
  const { status, dropped, code, message } = wordsFor(outcome.reason);
  const type = status === 429 ? "rate_limit_error" : "service_unavailable_error";
  return {
    status,
    headers: {
      "content-type": "application/json",
      "retry-after": String(Math.max(1, Math.ceil(retryAfterS))),
      [droppedReasonHeader]: dropped,
    },
    body: JSON.stringify({ error: { message, type, param: null, code } }),
  };
}

function wordsFor(reason: Refused["reason"] | Evicted["reason"]): Words {
  switch (reason) {
    case "queue-full":
      return saturated("queue_full", "Cannot queue request: the queue of this model is full");
    case "displaced":
      return saturated("queue_full", "Cannot keep request: a more important one needs its place in a full queue");
    case "saturated":
      return saturated("saturated", "Cannot serve request: the model servers are saturated and queueing is off");
    case "no-endpoints":
      return unavailable("no-endpoints", "no_endpoints", "Cannot serve request: the model has no servers");
    case "ttl-expired":
      return unavailable("ttl-expired", "queue_timeout", "Cannot serve request: no model server had room in time");
    case "client-gone":
      return unavailable("context-cancelled", "cancelled", "Cannot serve request: its client has left");
    case "replaced":
      return unavailable("context-cancelled", "replaced", "Cannot serve request: the proxy has sent it again");
    case "shutting-down":
      return unavailable("shutting-down", "shutting_down", "Cannot serve request: the gateway is shutting down");
    default:
      return assertNever(reason);
  }
}

function saturated(code: string, message: string): Words {
  return { status: 429, dropped: "rejected-saturated", code, message };
}

function unavailable(dropped: string, code: string, message: string): Words {
  return { status: 503, dropped: `rejected-${dropped}`, code, message };
}
