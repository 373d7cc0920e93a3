/**
 * Who owns: a pure function of what the Lease says and since when. No clock but our own counts: a Lease has expired when
 * it was seen unchanged for its whole duration, whatever time its holder believes it is.
 */
import type { LeaseRecord } from "./lease-record.ts";

export interface Standing {
  readonly identity: string;
  readonly isOwner: boolean;
  /** Gives the Lease up, or has: takes it no more. */
  readonly isLeaving: boolean;
  /** For how long the record was seen to stay as it is, by our own clock. */
  readonly unchangedMs: number;
}

export type Decision =
  /** Write ourselves into it: for the first time, again, or in place of one who is gone. */
  | "hold"
  /** Somebody else holds it. */
  | "yield"
  | "wait";

/** `record` undefined: there is no Lease. */
export function decide(record: LeaseRecord | undefined, standing: Standing): Decision {
  const { identity, isOwner, isLeaving, unchangedMs } = standing;
  const holder = record?.holder ?? "";
  const isOurs = holder === identity;
  if (isOwner && holder !== "" && !isOurs) return "yield";
  if (isLeaving) return "wait";
  if (record === undefined || holder === "" || isOurs) return "hold";
  return unchangedMs >= record.durationMs ? "hold" : "wait";
}

/** Anything else in a Lease may change without its holder being alive. */
export function isSameRecord(one: LeaseRecord | undefined, other: LeaseRecord | undefined): boolean {
  return (
    one?.holder === other?.holder && one?.renewTime === other?.renewTime && one?.transitions === other?.transitions
  );
}
