import type { AssembledGateway } from "./gateway-ir.ts";
import type { RouteAttachment, RouteView } from "./routes.ts";
import type { HostView } from "./virtual-hosts.ts";

/** Hosts about which there is something to say of routes, by "namespace/gateway/listener". */
export type Notes = ReadonlyMap<string, readonly HostView[]>;

/** What the assembly of hosts found out about one route. */
export interface RouteNote {
  /** Positions of rules whose requests' bodies are read for the sake of others. */
  readonly paying: readonly number[];
  /** Other routes with a match in common. */
  readonly doubled: readonly string[];
}

export function notesOf(gateways: ReadonlyMap<string, AssembledGateway>): Notes {
  const notes = new Map<string, HostView[]>();
  for (const [gateway, { ports }] of gateways) {
    for (const host of ports.flatMap(({ hosts }) => hosts.views)) {
      if (host.paying.size === 0 && host.doubled.size === 0) continue;
      const listener = `${gateway}/${host.listener}`;
      const known = notes.get(listener);
      if (known === undefined) notes.set(listener, [host]);
      else known.push(host);
    }
  }
  return notes;
}

/** The hosts with something to say of the route: what its status depends on beside the route's view. */
export function notesOn({ key, attachments }: RouteView, notes: Notes): readonly HostView[] {
  return attachments
    .flatMap(({ listener }) => notes.get(listener) ?? [])
    .filter(({ paying, doubled }) => paying.has(key) || doubled.has(key));
}

export function noteOn({ key }: RouteView, attachments: readonly RouteAttachment[], notes: Notes): RouteNote {
  const hosts = attachments.flatMap(({ listener }) => notes.get(listener) ?? []);
  return {
    paying: [...new Set(hosts.flatMap(({ paying }) => [...(paying.get(key) ?? [])]))].sort((a, b) => a - b),
    doubled: [...new Set(hosts.flatMap(({ doubled }) => [...(doubled.get(key) ?? [])]))].sort(),
  };
}
