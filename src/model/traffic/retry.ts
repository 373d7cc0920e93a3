import { present } from "../../lib/present.ts";
import type { RetryIr } from "../ir.ts";
import { type Field, milliseconds } from "./spec.ts";

/** As in Envoy Gateway: what a policy retries when it only says how often. */
const usual = { triggers: ["connect-failure", "refused-stream", "unavailable", "cancelled"], codes: [503] } as const;

export function policyRetry({ numRetries, numAttemptsPerPriority, retryOn, perRetry }: Field<"retry">): RetryIr {
  const triggers: readonly string[] = retryOn === undefined ? usual.triggers : (retryOn.triggers ?? []);
  return {
    // That status codes count is said by the codes themselves.
    on: triggers.filter((trigger) => trigger !== "retriable-status-codes"),
    codes: retryOn === undefined ? usual.codes : (retryOn.httpStatusCodes ?? []),
    attempts: numRetries,
    ...present("perTryTimeoutMs", milliseconds(perRetry?.timeout) || undefined),
    ...present("backoffMs", milliseconds(perRetry?.backOff?.baseInterval)),
    ...present("maxBackoffMs", milliseconds(perRetry?.backOff?.maxInterval)),
    ...present("attemptsPerPriority", numAttemptsPerPriority),
  };
}
