/** Hostnames as Envoy's virtual hosts spell them: "*", "*.example.com" or "www.example.com", in lower case. */

export const anyHost = "*";

export function hostOf(hostname: string | undefined): string {
  return hostname === undefined || hostname === "" ? anyHost : hostname.toLowerCase();
}

/** Every name that `narrow` stands for is one that `wide` stands for. A wildcard takes one label or more. */
export function covers(wide: string, narrow: string): boolean {
  if (wide === anyHost || wide === narrow) return true;
  return wide.startsWith("*.") && narrow.endsWith(wide.slice(1)) && narrow.length > wide.length - 1;
}

/**
 * The hosts that a route serves on a listener, sorted; empty where they have none in common. A route without
 * hostnames takes the listener's.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec
 */
export function intersectHosts(listenerHost: string, routeHosts: readonly string[]): readonly string[] {
  if (routeHosts.length === 0) return [listenerHost];
  const common = new Set<string>();
  for (const hostname of routeHosts) {
    const host = hostOf(hostname);
    if (covers(listenerHost, host)) common.add(host);
    else if (covers(host, listenerHost)) common.add(listenerHost);
  }
  return [...common].sort();
}

/** The hosts that cover `host`, most specific first, from itself to "*": the order in which routes of one listener take precedence. */
export function coveringHosts(host: string): readonly string[] {
  if (host === anyHost) return [anyHost];
  const chain = [host];
  let rest = host.startsWith("*.") ? host.slice(2) : host;
  for (let dot = rest.indexOf("."); dot >= 0; dot = rest.indexOf(".")) {
    rest = rest.slice(dot + 1);
    chain.push(`*.${rest}`);
  }
  chain.push(anyHost);
  return chain;
}
