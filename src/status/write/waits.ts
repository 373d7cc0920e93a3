/**
 * When an object may be written: not at once after the last write, not soon after a failure, and ever more rarely
 * where somebody else keeps overwriting it.
 */
import type { ObservedObject } from "./observed.ts";
import type { Hold, Overwritten, Slot } from "./slot.ts";

interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
}

const backOffs = {
  /** The watch brings the newer version; this is for when it does not. */
  outdated: { firstMs: 5_000, maxMs: 60_000 },
  /** A watch brings it back, if anything does. */
  gone: { firstMs: 30_000, maxMs: 600_000 },
  failed: { firstMs: 500, maxMs: 60_000 },
  /** The server will say the same again. */
  refused: { firstMs: 30_000, maxMs: 600_000 },
  contended: { firstMs: 1_000, maxMs: 300_000 },
} as const satisfies Record<string, BackOff>;

/** Between two writes of one object: counts of a Gateway change with each of its routes. */
const spacingMs = 200;
/** After so long without being overwritten the other writer is gone. */
const calmMs = 900_000;

/** Between half and the whole of what doubles each time: many that failed together do not return together. */
export function backOffMs(why: keyof typeof backOffs, times: number, random: () => number): number {
  const { firstMs, maxMs } = backOffs[why];
  const wholeMs = Math.min(maxMs, firstMs * 2 ** Math.min(times - 1, 30));
  return wholeMs * (0.5 + random() / 2);
}

export function dueMs(slot: Slot, { resourceVersion }: ObservedObject): number {
  const spacedMs = slot.lastWriteMs + spacingMs;
  const heldMs = isHeld(slot.hold, slot.text, resourceVersion) ? slot.hold.untilMs : 0;
  return Math.max(spacedMs, heldMs, slot.overwritten.dueMs ?? 0);
}

function isHeld(hold: Hold | undefined, text: string, resourceVersion: string): hold is Hold {
  if (hold === undefined || hold.text !== text) return false;
  return hold.resourceVersion === undefined || hold.resourceVersion === resourceVersion;
}

/** What we wrote and still want is no longer there. */
export function isOverwritten({ written, text }: Slot, { uid }: ObservedObject): boolean {
  return written !== undefined && written.text === text && written.uid === uid;
}

/** Once may be chance and is answered at once. */
export function overwrittenAgain({ times, lastMs }: Overwritten, nowMs: number, random: () => number): Overwritten {
  const again = nowMs - lastMs > calmMs ? 1 : times + 1;
  return {
    times: again,
    lastMs: nowMs,
    dueMs: again === 1 ? nowMs : nowMs + backOffMs("contended", again - 1, random),
  };
}
