import { hash } from "node:crypto";

/** 16 hexadecimal digits that depend on the content alone. Canonical input is the caller's duty (sorted maps). */
export function contentHash(content: Uint8Array | string): string {
  return hash("sha256", content, "hex").slice(0, 16);
}
