import { open } from "node:fs/promises";
import type { Stamp } from "./scan.ts";

/** 5,000 routes of a kilobyte are a sixth of it. */
const largestFileBytes = 32 * 2 ** 20;

export type ReadText =
  | { readonly text: string }
  /** The file changed since it was stamped: come again. */
  | { readonly changed: true }
  | { readonly reason: string };

/** The text of a file as it was when it was stamped. */
export async function readText(path: string, stamp: Stamp): Promise<ReadText> {
  if (stamp.size > largestFileBytes)
    return { reason: `the file has ${stamp.size} bytes, more than ${largestFileBytes}: split it` };
  try {
    const file = await open(path);
    try {
      const bytes = await file.readFile();
      const after = await file.stat();
      if (bytes.length !== stamp.size || after.mtimeMs !== stamp.mtimeMs || after.ino !== stamp.inode)
        return { changed: true };
      return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TypeError) return { reason: "the file is no UTF-8 text" };
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" ? { changed: true } : { reason: `the file cannot be read: ${code}` };
  }
}
