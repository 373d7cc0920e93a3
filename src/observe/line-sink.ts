import { createWriteStream, write, writev } from "node:fs";

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

/**
 * Lines on a descriptor whose reader may stall: they wait in memory up to a bound, and no thread waits with them.
 * `onStall` is called with the first line that is dropped since the reader last took everything.
 */
export function createLineSink(fd: number, onStall: () => void): LineSink {
  const stream = createWriteStream("", { fd, autoClose: false, fs: patientFs });
  let dropped = 0;
  let isStalled = false;
  // A reader that has left (EPIPE) wants no more lines.
  stream.on("error", () => {});
  stream.on("drain", () => {
    isStalled = false;
  });
  return {
    write(line) {
      if (stream.destroyed) return;
      if (stream.writableLength <= mostBufferedBytes) {
        stream.write(`${line}\n`);
        return;
      }
      dropped++;
      if (isStalled) return;
      isStalled = true;
      onStall();
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

const fullPipePauseMs = 10;

type Written = (error: NodeJS.ErrnoException | null, bytes: number, data: unknown) => void;

/**
 * A pipe that is full answers EAGAIN where something has made it non-blocking, as `process.stdout` does. A stream of
 * node:fs gives up after five of these; here it asks again until the reader has made room.
 */
const patientFs = {
  write: (fd: number, data: Uint8Array, offset: number, length: number, position: number | null, done: Written) =>
    untilRoom((written) => write(fd, data, offset, length, position, written), done),
  writev: (fd: number, data: readonly Uint8Array[], position: number | null, done: Written) =>
    untilRoom((written) => writev(fd, data, position, written), done),
};

function untilRoom(attempt: (written: Written) => void, done: Written): void {
  attempt((error, bytes, data) => {
    if (error?.code === "EAGAIN") setTimeout(untilRoom, fullPipePauseMs, attempt, done);
    else done(error, bytes, data);
  });
}
