/**
 * Statuses as they are written: what the model says of each object, and what the proxies say of what they were sent.
 * It reads both and produces the whole list; it owns nothing.
 *
 *     model statuses + programming (addresses, ACKs, NACKs) -> final statuses
 */
import type { GatewayAddress, ObjectStatus } from "../model/result.ts";
import { objectKey } from "../resources/object.ts";
import { programmedGateway } from "./gateway.ts";
import { heldParents } from "./held.ts";

/** How far the proxies of one Gateway are. */
export interface Programming {
  readonly addresses: readonly GatewayAddress[];
  /** Connected now. */
  readonly proxies: number;
  /** Of those, how many have acknowledged the current configuration. */
  readonly acknowledgedProxies: number;
  /** Newest generation of the Gateway that any proxy has acknowledged, also one that has gone since; absent: none yet. */
  readonly acknowledgedGeneration?: number;
  /** Proxies that have not acknowledged the current configuration for too long. */
  readonly lagging: readonly string[];
  /** By objectKey of the object: why a proxy refused what was made from it. */
  readonly held: ReadonlyMap<string, string>;
}

/** Key of `programming`: the Gateway, "namespace/name". A Gateway that is not in it has no proxy yet. */
export function finalStatuses(
  statuses: readonly ObjectStatus[],
  programming: ReadonlyMap<string, Programming>,
): readonly ObjectStatus[] {
  const touched = touchedListeners(statuses, programming);
  return statuses.map((status) => {
    const { body } = status;
    switch (body.kind) {
      case "gateway": {
        const key = `${status.ref.namespace}/${status.ref.name}`;
        return programmedGateway(status, body, programming.get(key) ?? nothingYet, touched);
      }
      case "parents":
        return { ...status, body: heldParents(status, body, programming) };
      case "conditions":
      case "ancestors":
        return status;
    }
  });
}

const nothingYet: Programming = {
  addresses: [],
  proxies: 0,
  acknowledgedProxies: 0,
  lagging: [],
  held: new Map(),
};

/** "namespace/gateway/listener" of the listeners whose routes are held, with the reasons. */
function touchedListeners(
  statuses: readonly ObjectStatus[],
  programming: ReadonlyMap<string, Programming>,
): ReadonlyMap<string, string> {
  const touched = new Map<string, string>();
  for (const { ref, body } of statuses) {
    if (body.kind !== "parents") continue;
    for (const parent of body.parents) {
      const gateway = `${parent.ref.namespace}/${parent.ref.name}`;
      const key = objectKey(ref);
      const reason = programming.get(gateway)?.held.get(key);
      if (reason === undefined) continue;
      for (const listener of parent.listeners ?? []) {
        const scope = `${gateway}/${listener}`;
        const others = touched.get(scope);
        const message = `${key}: ${reason}`;
        touched.set(scope, others === undefined ? message : `${others}; ${message}`);
      }
    }
  }
  return touched;
}
