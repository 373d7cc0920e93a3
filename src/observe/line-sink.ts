import { createWriteStream } from "node:fs";

export interface LineSink {
  write(line: string): void;
  /** Lines that nobody read in time. */
  readonly dropped: number;
  /** Resolves when all is written, or when a stalled reader has been given time enough. */
  end(): Promise<void>;
}

/** Of a reader that has stopped reading, such as a pager. */
const mostBufferedBytes = 8 * 1024 * 1024;

const endLimitMs = 1_000;

/** Lines on a descriptor whose reader may stall: they wait in memory up to a bound, and no thread waits with them. */
export function createLineSink(fd: number): LineSink {
  const stream = createWriteStream("", { fd, autoClose: false });
  let dropped = 0;
  // A reader that has left (EPIPE) wants no more lines.
  stream.on("error", () => {});
  return {
    write(line) {
      if (stream.destroyed || stream.writableLength > mostBufferedBytes) dropped++;
      else stream.write(`${line}\n`);
    },
    get dropped() {
      return dropped;
    },
    end: () =>
      new Promise((resolve) => {
        if (stream.destroyed) return resolve();
        const limit = setTimeout(resolve, endLimitMs);
        stream.end(() => {
          clearTimeout(limit);
          resolve();
        });
      }),
  };
}
