import { gatewayOfIdentity } from "../lib/proxy-identity.ts";

/** Who calls, as far as the connection proves it. */
export type Peer =
  /** On a Unix socket of ours: its permissions say who may. */
  | { readonly kind: "local" }
  /** A certificate of our authority, with the "namespace/name" of its Gateway; undefined: it is no proxy's. */
  | { readonly kind: "certified"; readonly gateway: string | undefined };

interface Call {
  getAuthContext(): { readonly sslPeerCertificate?: { readonly subjectaltname?: string } };
}

/** `secured`: the call came over TLS. */
export function peerOf(call: Call, secured: boolean): Peer {
  if (!secured) return { kind: "local" };
  const { sslPeerCertificate } = call.getAuthContext();
  return { kind: "certified", gateway: gatewayOfIdentity(sslPeerCertificate?.subjectaltname ?? "") };
}
