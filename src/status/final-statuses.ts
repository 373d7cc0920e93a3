/**
 * Statuses as they are written: what the model says of each object, and what the proxies say of what they were sent.
 * It reads both and produces the whole list; it owns nothing.
 *
 *     model statuses + programming (addresses, ACKs, NACKs) -> final statuses
 */
import type { GatewayAddress, ObjectStatus } from "../model/result.ts";
import { objectKey } from "../resources/object.ts";
import type { Expiries } from "./expiry.ts";
import { programmedGateway } from "./gateway.ts";
import { withRefusals } from "./held.ts";

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
  /** Why its proxies are not as they should be. Absent: no reason is known. */
  readonly problem?: string;
  /** Of the certificates that its listeners show. Absent: none is near its end. */
  readonly expiries?: Expiries;
}

/**
 * A status that proxies have nothing to say of stays the identical object: it is asked for with each word of a proxy.
 * Key of `programming`: the Gateway, "namespace/name". A Gateway that is not in it has no proxy yet.
 */
export function finalStatuses(
  statuses: readonly ObjectStatus[],
  programming: ReadonlyMap<string, Programming>,
): readonly ObjectStatus[] {
  const isAnyHeld = [...programming.values()].some(({ held }) => held.size > 0);
  const touched = isAnyHeld ? touchedListeners(statuses, programming) : new Map<string, string>();
  return statuses.map((status) => {
    const { body } = status;
    switch (body.kind) {
      case "gateway": {
        const key = `${status.ref.namespace}/${status.ref.name}`;
        return programmedGateway(status, body, programming.get(key) ?? nothingYet, touched);
      }
      case "parents":
        return isAnyHeld ? withRefusals(status, body, programming) : status;
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

/** Why listeners serve less than they should, by "namespace/gateway/listener". */
function touchedListeners(
  statuses: readonly ObjectStatus[],
  programming: ReadonlyMap<string, Programming>,
): ReadonlyMap<string, string> {
  const touched = new Map<string, string>();
  const touch = (gateway: string, listeners: readonly string[], key: string): void => {
    const reason = programming.get(gateway)?.held.get(key);
    for (const name of reason === undefined ? [] : listeners) {
      const others = touched.get(`${gateway}/${name}`);
      const refused = `${key}: ${reason}`;
      touched.set(`${gateway}/${name}`, others === undefined ? refused : `${others}; ${refused}`);
    }
  };
  for (const status of statuses) {
    for (const { gateway, listeners } of servedBy(status)) touch(gateway, listeners, objectKey(status.ref));
    for (const { gateway, listener, certificate } of shownBy(status)) touch(gateway, [listener], certificate);
  }
  return touched;
}

interface ShownCertificate {
  readonly gateway: string;
  readonly listener: string;
  /** By objectKey. */
  readonly certificate: string;
}

function shownBy({ ref, body }: ObjectStatus): readonly ShownCertificate[] {
  if (body.kind !== "gateway") return [];
  return body.listeners.flatMap(({ name, certificates = [] }) =>
    certificates.map((certificate) => ({ gateway: `${ref.namespace}/${ref.name}`, listener: name, certificate })),
  );
}

interface Served {
  readonly gateway: string;
  readonly listeners: readonly string[];
}

/** The listeners that an object has a part in: all of a Gateway, and those that a route is attached to. */
function servedBy({ ref, body }: ObjectStatus): readonly Served[] {
  switch (body.kind) {
    case "gateway":
      return [{ gateway: `${ref.namespace}/${ref.name}`, listeners: body.listeners.map(({ name }) => name) }];
    case "parents":
      return body.parents.map((parent) => ({
        gateway: `${parent.ref.namespace}/${parent.ref.name}`,
        listeners: parent.listeners ?? [],
      }));
    case "conditions":
    case "ancestors":
      return [];
  }
}
