import { KubeError } from "../../kube/api.ts";
import { messageOf } from "../../lib/message-of.ts";

export interface WriteFailure {
  readonly why: "outdated" | "gone" | "refused" | "failed";
  /** Every other write would end like this one. */
  readonly isOfAll: boolean;
  /** HTTP; 0: no answer. */
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number;
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export function failureOf(error: unknown): WriteFailure {
  const reason = messageOf(error);
  if (!(error instanceof KubeError)) return { why: "failed", isOfAll: true, status: 0, reason, retryAfterMs: 0 };
  const { status, retryAfterMs = 0 } = error;
  return {
    why: whyOf(status),
    isOfAll: status === 429 || status === 503 || status === 401,
    status,
    reason,
    retryAfterMs,
  };
}

function whyOf(status: number): WriteFailure["why"] {
  if (status === 409) return "outdated";
  if (status === 404) return "gone";
  // Credentials are renewed, time-outs and limits pass; anything else that the client did wrong stays wrong.
  const passes = status >= 500 || status === 401 || status === 408 || status === 429;
  return passes ? "failed" : "refused";
}
