import { isRecord } from "../../resources/structural.ts";

/**
 * `after` may be `before` with its end missing: something that was there is gone, or text is shorter by its end. So looks
 * the last object of a file that is half written.
 */
export function mayBeCut(before: unknown, after: unknown): boolean {
  if (isRecord(before)) {
    if (!isRecord(after)) return true;
    return Object.keys(before).some((key) => !Object.hasOwn(after, key) || mayBeCut(before[key], after[key]));
  }
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || after.length < before.length) return true;
    return before.some((item, index) => mayBeCut(item, after[index]));
  }
  if (before === null || before === undefined) return false;
  if (typeof before === "string" && typeof after === "string") return endsAtLineBreak(before, after);
  return after === null;
}

/** Within a line only a file without its last line break is cut, and that one is not trusted anyway. */
function endsAtLineBreak(before: string, after: string): boolean {
  const isShorter = after.length < before.length && before.startsWith(after);
  return isShorter && /\s/.test(`${after.slice(-1)}${before.charAt(after.length)}`);
}
