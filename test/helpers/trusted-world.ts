/** An authority of a test's own, and what it signs: servers' and proxies' certificates as the real ones are. */

import { proxyIdentity } from "../../src/lib/proxy-identity.ts";
import { WatchableValue } from "../../src/lib/watchable.ts";
import type { Certificates } from "../../src/trust/certificates.ts";
import { type Issued, issue, makeAuthority } from "../../src/trust/issue.ts";

export const serverName = "antechamber.envoy-gateway-system.svc";

const dayMs = 86_400_000;

export class TrustedWorld {
  readonly server = new WatchableValue<Certificates | undefined>(undefined);
  authority!: Issued;
  /** PEM: all that are believed. */
  authorities = "";

  static async create(): Promise<TrustedWorld> {
    const world = new TrustedWorld();
    await world.rotate();
    return world;
  }

  /** A new authority that signs from now on; earlier ones are believed still. */
  async rotate(): Promise<void> {
    this.authority = await makeAuthority({ nowMs: Date.now(), lifetimeMs: dayMs });
    this.authorities += this.authority.certificate;
    await this.renewServer();
  }

  async renewServer(): Promise<void> {
    const subject = { kind: "server", names: [serverName, "localhost"] } as const;
    const { certificate, privateKey } = await issue(this.authority, subject, { nowMs: Date.now(), lifetimeMs: dayMs });
    this.server.set({ chain: certificate, privateKey: privateKey.reveal(), authorities: this.authorities });
  }

  proxy(gateway: string, lifetimeMs = dayMs): Promise<Issued> {
    const subject = { kind: "client", identity: proxyIdentity(gateway) } as const;
    return issue(this.authority, subject, { nowMs: Date.now(), lifetimeMs });
  }
}
