import { LRUCache } from "lru-cache";
import type { ModelServer } from "../../pool/server.ts";
import { h64 } from "./hash.ts";

/** Sessions of a pool that are remembered; the longest unused is forgotten first. */
const mostSessions = 10_000;

/** Which server served a session last. Sessions are known by a hash of what the client calls them. */
export class SessionAffinity {
  readonly #served = new LRUCache<bigint, string>({ max: mostSessions });

  isLast(server: ModelServer, session: bigint): boolean {
    return this.#served.get(session) === server.address;
  }

  placed(server: ModelServer, session: bigint): void {
    this.#served.set(session, server.address);
  }
}

export function sessionKey(name: string): bigint {
  return h64(name);
}
