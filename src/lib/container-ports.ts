/** Of a proxy's Pod: none of a listener's may be among them. */
export const proxyPorts = { admin: 19000, stats: 19001, shutdown: 19002, ready: 19003 } as const;

const reserved: ReadonlySet<number> = new Set(Object.values(proxyPorts));
const offset = 10_000;

/**
 * Where a proxy in a Pod listens, by the listeners' ports: what serves 80 must not need a privilege, so it is 10080, as
 * in Envoy Gateway. Service and proxies must agree, so both ask here.
 * @param asListeners as the listeners say, privileged or not.
 */
export function containerPorts(listenerPorts: Iterable<number>, asListeners: boolean): ReadonlyMap<number, number> {
  const all = new Set(listenerPorts);
  return new Map([...all].map((port) => [port, containerPort(port, all, asListeners)]));
}

function containerPort(port: number, all: ReadonlySet<number>, asListeners: boolean): number {
  let at = port < 1024 && !asListeners ? port + offset : port;
  while (reserved.has(at) || (at !== port && all.has(at))) at += offset;
  return at;
}
