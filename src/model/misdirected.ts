import { noHeaderMutation, type Origin, type VirtualHostIr } from "./ir.ts";
import type { ListenerView } from "./listeners.ts";

/** By name of the listener whose host it is. */
export type MisdirectedHosts = ReadonlyMap<string, VirtualHostIr>;

/**
 * What a client is told that comes over the connection of one listener with the host of another, which may have other
 * certificates and other routes. https://gateway-api.sigs.k8s.io/geps/gep-3567/
 */
export function misdirectedHosts(
  listeners: readonly ListenerView[],
  gateway: Origin,
  last: MisdirectedHosts | undefined,
): MisdirectedHosts {
  return new Map(
    listeners.map((listener) => {
      const before = last?.get(listener.name);
      return [listener.name, before?.host === listener.host ? before : misdirectedHost(listener, gateway)];
    }),
  );
}

function misdirectedHost({ name, host }: ListenerView, gateway: Origin): VirtualHostIr {
  const reason = `Cannot serve the host on this connection: it belongs to the listener ${name}, which needs a connection of its own`;
  return {
    host,
    routes: [
      {
        name: `gateway/${gateway.namespace}/${gateway.name}/${name}/misdirected`,
        origin: { ...gateway, fieldPath: "spec.listeners" },
        match: { path: { type: "prefix", value: "/" }, headers: [], query: [] },
        action: { kind: "respond", status: 421, reason },
        requestHeaders: noHeaderMutation,
        responseHeaders: noHeaderMutation,
        body: "none",
      },
    ],
  };
}
