/**
 * When a file may be read, and how far to trust it: files change while somebody writes, and a file that is half written
 * parses. Pure: it is told the time and how files look, and says what is due.
 */
import type { Trust } from "./catalog.ts";
import type { Stamp } from "./scan.ts";

/** Additions and changes apply once a file was quiet for so long. */
export const quietMs = 40;
/** What is gone from a file, or may be cut off at its end, counts as gone after so long. */
export const longQuietMs = 1000;
/** Editors replace a file by removing it first. */
export const goneMs = 150;

export interface Due {
  readonly path: string;
  readonly stamp: Stamp;
  readonly trust: Trust;
}

interface Tracked {
  readonly stamp: Stamp;
  readonly sinceMs: number;
  /** What the present stamp was read with; "none": not yet. */
  done: Trust | "none";
  missingSinceMs: number | undefined;
}

export class Settling {
  readonly #files = new Map<string, Tracked>();

  /** `isUnknown`: whether nothing can be said of a path that was not found. */
  observe(
    now: { readonly monotonicMs: number; readonly wallMs: number },
    stamps: ReadonlyMap<string, Stamp>,
    isUnknown: (path: string) => boolean,
  ): void {
    for (const [path, stamp] of stamps) {
      const known = this.#files.get(path);
      if (known !== undefined && isEqual(known.stamp, stamp)) known.missingSinceMs = undefined;
      else this.#files.set(path, track(now, stamp, known));
    }
    for (const [path, file] of this.#files)
      if (!stamps.has(path) && !isUnknown(path)) file.missingSinceMs ??= now.monotonicMs;
  }

  due(nowMs: number): readonly Due[] {
    return [...this.#files].flatMap(([path, file]) => {
      const trust = trustOf(file, nowMs);
      return trust === undefined ? [] : [{ path, stamp: file.stamp, trust }];
    });
  }

  /** Paths that are gone for good; they are forgotten. */
  takeGone(nowMs: number): readonly string[] {
    const gone = [...this.#files]
      .filter(([, { missingSinceMs }]) => missingSinceMs !== undefined && nowMs - missingSinceMs >= goneMs)
      .map(([path]) => path);
    for (const path of gone) this.#files.delete(path);
    return gone;
  }

  /** `deferred`: something in the file waits for more trust. */
  read({ path, stamp, trust }: Due, deferred: boolean): void {
    const file = this.#files.get(path);
    if (file === undefined || !isEqual(file.stamp, stamp)) return;
    file.done = deferred ? trust : "all";
  }

  /** Files that were not read as they are. */
  get unread(): number {
    return [...this.#files.values()].filter(
      ({ done, missingSinceMs }) => done !== "all" && missingSinceMs === undefined,
    ).length;
  }

  /** Those that time alone may change something about: waiting to be read, or to be gone for good. */
  get unsettled(): ReadonlySet<string> {
    const paths = new Set<string>();
    for (const [path, { done, missingSinceMs }] of this.#files) {
      if (done !== "all" || missingSinceMs !== undefined) paths.add(path);
    }
    return paths;
  }

  /** Undefined: nothing is going on. */
  nextDueMs(): number | undefined {
    const times = [...this.#files.values()].flatMap(({ sinceMs, done, missingSinceMs }) => {
      if (missingSinceMs !== undefined) return [missingSinceMs + goneMs];
      if (done === "all") return [];
      return [sinceMs + (done === "none" ? quietMs : longQuietMs)];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

/** A file that was moved into place has been quiet since it was last written, not since it was first seen. */
function track(
  now: { readonly monotonicMs: number; readonly wallMs: number },
  stamp: Stamp,
  before: Tracked | undefined,
): Tracked {
  const isInPlace = before !== undefined && before.stamp.inode === stamp.inode;
  const quietForMs = isInPlace ? 0 : Math.min(Math.max(0, now.wallMs - stamp.mtimeMs), longQuietMs);
  return { stamp, sinceMs: now.monotonicMs - quietForMs, done: "none", missingSinceMs: undefined };
}

/** Undefined: it is not time, or nothing is left to read. */
function trustOf({ sinceMs, done, missingSinceMs }: Tracked, nowMs: number): Trust | undefined {
  if (missingSinceMs !== undefined || done === "all") return undefined;
  const forMs = nowMs - sinceMs;
  if (forMs >= longQuietMs) return "all";
  return done === "none" && forMs >= quietMs ? "changes" : undefined;
}

function isEqual(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}
