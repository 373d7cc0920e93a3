import type { SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import type { CertificateSource, Certificates } from "../trust/certificates.ts";

/** Both ends are ours: no need for anything older. */
const minVersion = "TLSv1.3";

type Watcher = Parameters<ServerCredentials["_addWatcher"]>[0];

/**
 * A server that lets in clients of its own authorities only, and shows what its source has at each handshake: a
 * renewed certificate ends no connection. Without certificates connections are dropped. grpc-js has the methods for
 * its own kinds of credentials; a test holds that they do as is said here.
 */
export class MutualTls extends ServerCredentials {
  readonly #source: CertificateSource;
  #unsubscribe = (): void => {};

  constructor(source: CertificateSource) {
    super({ requestCert: true, rejectUnauthorized: true, minVersion });
    this.#source = source;
  }

  override _getSecureContextOptions(): SecureContextOptions | null {
    return contextOf(this.#source.get());
  }

  override _addWatcher(watcher: Watcher): void {
    if (this.getWatcherCount() === 0) {
      this.#unsubscribe = this.#source.subscribe((value) => this.updateSecureContextOptions(contextOf(value)));
    }
    super._addWatcher(watcher);
  }

  override _removeWatcher(watcher: Watcher): void {
    super._removeWatcher(watcher);
    if (this.getWatcherCount() === 0) this.#unsubscribe();
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

function contextOf(certificates: Certificates | undefined): SecureContextOptions | null {
  if (certificates === undefined) return null;
  const { chain, privateKey, authorities } = certificates;
  return { cert: chain, key: privateKey, ca: authorities, minVersion };
}
