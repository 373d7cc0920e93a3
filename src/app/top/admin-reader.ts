import { messageOf } from "../../lib/message-of.ts";
import type { AdminReader } from "./sample.ts";

const limitMs = 5_000;

/** Asks a gateway's admin API. */
export function adminReader(admin: string): AdminReader {
  return async (path) => {
    const answer = await fetch(new URL(path, admin), {
      headers: { accept: path.startsWith("/api/") ? "application/json" : "text/plain" },
      signal: AbortSignal.timeout(limitMs),
    }).catch((error: unknown) => {
      throw new Error(`${admin} does not answer (${reasonOf(error)})`, { cause: error });
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${admin}${path} answers ${answer.status}`);
    return text;
  };
}

/** fetch says "fetch failed" and keeps the reason. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return messageOf(cause);
}
