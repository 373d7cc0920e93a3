/** A regular expression for the three-digit numbers of a range, both ends included: [500, 599] is "5[0-9][0-9]". */
export function statusPattern(start: number, end: number): string {
  return parts(Math.max(start, 100), Math.min(end, 999)).join("|");
}

function parts(start: number, end: number): readonly string[] {
  const patterns: string[] = [];
  for (let next = start; next <= end; ) {
    const size = [100, 10].find((step) => next % step === 0 && next + step - 1 <= end) ?? 1;
    const last = largestRun(next, end, size);
    patterns.push(runPattern(next, last, size));
    next = last + size;
  }
  return patterns;
}

/** The last block of the size whose digits differ in one place only. */
function largestRun(start: number, end: number, size: number): number {
  const boundary = (Math.floor(start / (size * 10)) + 1) * size * 10;
  let last = start;
  while (last + 2 * size - 1 <= end && last + size < boundary) last += size;
  return last;
}

function runPattern(start: number, last: number, size: number): string {
  const head = size === 100 ? "" : String(Math.floor(start / (size * 10)));
  const [from, to] = [digit(start, size), digit(last, size)];
  const tail = size === 1 ? "" : "[0-9]".repeat(String(size).length - 1);
  return `${head}${from === to ? from : `[${from}-${to}]`}${tail}`;
}

function digit(value: number, size: number): number {
  return Math.floor(value / size) % 10;
}
