import type { EndpointIr } from "../model/ir.ts";
import { type Health, mayBeSent } from "./health.ts";
import type { ServerState } from "./server.ts";

/** An endpoint as a pool lists it. */
export interface PoolMember extends EndpointIr {
  /** The proxies know it, so that a pick of it is honoured. */
  readonly programmed: boolean;
}

/** Whether this pool may use the server, as far as the pool itself says. */
export function isUsable(member: PoolMember): boolean {
  return member.health === "healthy" && member.programmed;
}

/** The server's state over all pools that list it: it is ready where one of them may use it. */
export function serverState(members: readonly PoolMember[], health: Health): ServerState {
  if (!members.some((member) => member.health !== "draining")) return "draining";
  if (!members.some((member) => member.health === "healthy")) return "not-ready";
  if (health.kind === "unread") return "unread";
  if (!members.some(isUsable)) return "not-programmed";
  return mayBeSent(health) ? "ready" : "ejected";
}
