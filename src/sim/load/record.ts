/** How one request of a benchmark went. Times are milliseconds since the run began. */
export interface RequestRecord {
  readonly startMs: number;
  readonly endMs: number;
  readonly promptTokens: number;
  readonly outcome: RequestOutcome;
}

export type RequestOutcome =
  | {
      readonly kind: "ok";
      readonly outputTokens: number;
      readonly ttftMs: number;
      /** Gaps between the events after the first. */
      readonly itlMs: readonly number[];
    }
  /** `cause` groups failures: a status ("503") or what broke ("ECONNRESET", "stream cut"). */
  | { readonly kind: "failed"; readonly cause: string; readonly message: string }
  /** The benchmark was ended before the answer was. */
  | { readonly kind: "interrupted" };

export type OkRecord = RequestRecord & { readonly outcome: RequestOutcome & { readonly kind: "ok" } };

export function isOk(record: RequestRecord): record is OkRecord {
  return record.outcome.kind === "ok";
}

export interface ModelRun {
  readonly model: string;
  readonly records: readonly RequestRecord[];
}

export interface LoadRun {
  /** Wall-clock time of the start. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly models: readonly ModelRun[];
}
