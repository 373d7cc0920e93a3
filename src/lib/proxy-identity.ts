/**
 * How a proxy's certificate names the Gateway that it works for: a URI among its alternative names. One authority
 * signs for one installation, so the trust domain needs no name of the cluster. https://spiffe.io/docs/latest/spiffe-specs/spiffe-id/
 */
const prefix = "spiffe://antechamber/gateway/";

/** `gateway`: "namespace/name". */
export function proxyIdentity(gateway: string): string {
  return `${prefix}${gateway}`;
}

/** "namespace/name"; undefined: no proxy's. `subjectAltName`: as node:tls shows it. */
export function gatewayOfIdentity(subjectAltName: string): string | undefined {
  const uris = subjectAltName.split(", ").filter((name) => name.startsWith(`URI:${prefix}`));
  const [uri] = uris;
  if (uri === undefined || uris.length > 1) return undefined;
  const gateway = uri.slice(`URI:${prefix}`.length);
  return /^[a-z0-9.-]+\/[a-z0-9.-]+$/.test(gateway) ? gateway : undefined;
}
