/** What a TLS server shows, and whom it believes. Plain, since it goes from thread to thread: never to be shown or logged. */
import type { Watchable } from "../lib/watchable.ts";

export interface Certificates {
  /** PEM, the server's own certificate first. */
  readonly chain: string;
  /** PEM, PKCS 8. */
  readonly privateKey: string;
  /** PEM: the certificates of the authorities whose clients are let in. */
  readonly authorities: string;
}

/** Undefined: there is none yet. */
export type CertificateSource = Watchable<Certificates | undefined>;
