/**
 * The certificates by which proxies and we know each other. It reads and writes Secrets of its own namespace: the
 * authority's, ours, and one for each Gateway's proxies; it produces what our servers show. Only the owner writes; the
 * other replicas read ours. What is due is found by looking, so a Secret that was changed by hand is mended too.
 *
 *     authority --signs--> ours --> servers
 *                  |-----> one per Gateway --> mounted in its proxies' Pods
 */

import { isDeepStrictEqual } from "node:util";
import { type KubeApi, KubeError, type KubeObject } from "../kube/api.ts";
import type { Cancel, Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/message-of.ts";
import { proxyIdentity } from "../lib/proxy-identity.ts";
import { type Watchable, WatchableValue } from "../lib/watchable.ts";
import type { Log } from "../observe/log.ts";
import { type Authorities, advance, readAuthorities, writeAuthorities } from "./authorities.ts";
import type { Certificates } from "./certificates.ts";
import { certificatesOf, certify, type Wanted } from "./certify.ts";
import { readBundle } from "./inspect.ts";
import { type SecretMeta, secretResource, secretWith, textsOf } from "./secret.ts";

export interface TrustOptions {
  readonly api: Pick<KubeApi, "get" | "list" | "create" | "replace">;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  /** By which proxies look for our servers: the first is what they expect. */
  readonly serverNames: readonly string[];
  readonly times?: Partial<TrustTimes>;
}

export interface TrustTimes {
  readonly authorityMs: number;
  readonly certificateMs: number;
  /** How long an authority is believed before it signs, and after: longer than a Secret takes to reach every Pod. */
  readonly overlapMs: number;
  /** Between two looks. */
  readonly lookMs: number;
}

/** Whose proxies need a certificate, and where they look for it. */
export interface ProxySecret {
  /** "namespace/name" of the Gateway. */
  readonly gateway: string;
  /** Of the Secret. */
  readonly name: string;
  /** By which it is removed with the Gateway. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const dayMs = 86_400_000;
const defaultTimes: TrustTimes = {
  authorityMs: 5 * 365 * dayMs,
  certificateMs: 30 * dayMs,
  overlapMs: 3_600_000,
  lookMs: 10_000,
};
const againMs = 1_000;
const authorityName = "antechamber-ca";
const serverSecretName = "antechamber";
/** Beside those of the Gateways. */
export const ownSecrets: readonly string[] = [authorityName, serverSecretName];
/** By which the Secrets of all Gateways are listed. */
const proxyLabel = { "antechamber.dev/certificate": "proxy" } as const;
const pageSize = 500;

export class Trust {
  readonly #options: TrustOptions;
  readonly #times: TrustTimes;
  readonly #server = new WatchableValue<Certificates | undefined>(undefined);
  #proxies: readonly ProxySecret[] = [];
  /** What went wrong last, which is said once: by Secret. */
  readonly #troubles = new Map<string, string>();
  #isOwner = false;
  #settledSinceMs: number;
  #cancel: Cancel = () => {};
  #isLooking = false;
  #lookAgain = false;
  #stopped = false;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#times = { ...defaultTimes, ...options.times };
    this.#settledSinceMs = options.clock.wallMs();
  }

  /** What our servers show and believe; undefined until the Secret exists. */
  get server(): Watchable<Certificates | undefined> {
    return this.#server;
  }

  /** Resolves once our servers have a certificate, which the owner makes. */
  start(): Promise<void> {
    this.#look();
    if (this.#server.get() !== undefined) return Promise.resolve();
    return new Promise((done) => {
      const unsubscribe = this.#server.subscribe(() => {
        unsubscribe();
        done();
      });
    });
  }

  setOwner(isOwner: boolean): void {
    if (isOwner === this.#isOwner) return;
    this.#isOwner = isOwner;
    this.#settledSinceMs = this.#options.clock.wallMs();
    if (isOwner) this.#look();
  }

  /** All Gateways with proxies: the latest value. */
  ensure(proxies: readonly ProxySecret[]): void {
    // Every route that changes comes by here, and a look asks the API server several times.
    if (isDeepStrictEqual(proxies, this.#proxies)) return;
    this.#proxies = proxies;
    if (this.#isOwner) this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** One look at a time; what is asked for meanwhile is looked at after it. */
  #look(): void {
    if (this.#stopped) return;
    this.#cancel();
    if (this.#isLooking) {
      this.#lookAgain = true;
      return;
    }
    this.#isLooking = true;
    this.#lookAgain = false;
    void this.#try("all", () => this.#pass()).then((isDone) => {
      this.#isLooking = false;
      if (this.#stopped) return;
      const { lookMs } = this.#times;
      const nextMs = isDone ? lookMs : Math.min(againMs, lookMs);
      this.#cancel = this.#options.clock.after(this.#lookAgain ? 0 : nextMs, () => this.#look());
    });
  }

  /** False: it is to be tried again soon. */
  async #try(what: string, work: () => Promise<boolean>): Promise<boolean> {
    const { log } = this.#options;
    try {
      const isDone = await work();
      this.#troubles.delete(what);
      return isDone;
    } catch (error) {
      const why = messageOf(error);
      if (error instanceof KubeError && error.status === 409)
        log.debug({ secret: what }, "A Secret was changed meanwhile: it is read again");
      else if (this.#troubles.get(what) !== why)
        log.warn({ secret: what, error: why }, "Certificates could not be looked after; it is tried again");
      this.#troubles.set(what, why);
      return false;
    }
  }

  async #pass(): Promise<boolean> {
    const secret = await this.#get(serverSecretName);
    if (this.#isOwner) return this.#keep(secret);
    this.#show(secret);
    return true;
  }

  /** One Secret that cannot be written leaves the others none the worse. */
  async #keep(ours: KubeObject | undefined): Promise<boolean> {
    const { namespace, serverNames } = this.#options;
    const authorities = await this.#keepAuthorities(readBundle(textsOf(ours)["ca.crt"] ?? ""));
    const results = [
      await this.#try(serverSecretName, async () => {
        const meta = { namespace, name: serverSecretName };
        const subject = { kind: "server", names: serverNames } as const;
        this.#show(await this.#certify(ours, { meta, subject }, authorities));
        return true;
      }),
    ];
    const known = await this.#listProxies();
    for (const { gateway, name, labels, annotations = {} } of this.#proxies) {
      if (!this.#isOwner || this.#stopped) return true;
      const meta = { namespace, name, labels: { ...labels, ...proxyLabel }, annotations };
      const subject = { kind: "client", identity: proxyIdentity(gateway) } as const;
      const isDone = await this.#try(name, async () => {
        await this.#certify(known.get(name) ?? (await this.#get(name)), { meta, subject }, authorities);
        return true;
      });
      results.push(isDone);
    }
    return results.every((isDone) => isDone);
  }

  async #keepAuthorities(believedAnyway: readonly string[]): Promise<Authorities> {
    const { clock, log, namespace } = this.#options;
    const secret = await this.#get(authorityName);
    const known = readAuthorities(textsOf(secret));
    if (secret !== undefined && known === undefined)
      log.warn({ secret: authorityName }, "The authority is damaged: there will be another");
    const { authorityMs, overlapMs } = this.#times;
    const authorities = await advance(
      known,
      {
        nowMs: clock.wallMs(),
        lifetimeMs: authorityMs,
        overlapMs,
        settledSinceMs: this.#settledSinceMs,
      },
      believedAnyway,
    );
    if (authorities === known) return authorities;
    const meta: SecretMeta = { namespace, name: authorityName };
    await this.#write(secret, secretWith(secret, meta, writeAuthorities(authorities)));
    log.info(
      { secret: authorityName, next: authorities.next !== undefined, former: authorities.former.length },
      "authorities changed",
    );
    return authorities;
  }

  async #certify(
    known: KubeObject | undefined,
    wanted: Wanted,
    authorities: Authorities,
  ): Promise<KubeObject | undefined> {
    const { clock, log } = this.#options;
    const nowMs = clock.wallMs();
    const certified = await certify(known, wanted, { authorities, nowMs, lifetimeMs: this.#times.certificateMs });
    if (certified === undefined) return known;
    const { change, secret } = certified;
    const written = await this.#write(known, secret);
    if (change !== "trust") this.#settledSinceMs = nowMs;
    log.info({ secret: wanted.meta.name, change }, "certificate written");
    return written;
  }

  #show(secret: KubeObject | undefined): void {
    const certificates = certificatesOf(secret);
    if (certificates === undefined) return;
    const shown = this.#server.get();
    const isSame =
      shown?.chain === certificates.chain &&
      shown.privateKey === certificates.privateKey &&
      shown.authorities === certificates.authorities;
    if (!isSame) this.#server.set(certificates);
  }

  #get(name: string): Promise<KubeObject | undefined> {
    return this.#options.api.get(secretResource, { namespace: this.#options.namespace, name });
  }

  async #listProxies(): Promise<ReadonlyMap<string, KubeObject>> {
    const { api, namespace } = this.#options;
    const labelSelector = Object.entries(proxyLabel)
      .map((pair) => pair.join("="))
      .join(",");
    const found = new Map<string, KubeObject>();
    let continueToken: string | undefined;
    do {
      const page = await api.list(secretResource, {
        namespace,
        labelSelector,
        limit: pageSize,
        ...(continueToken === undefined ? {} : { continueToken }),
      });
      for (const secret of page.items) found.set(secret.metadata.name, secret);
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    return found;
  }

  #write(known: KubeObject | undefined, secret: KubeObject): Promise<KubeObject> {
    const { api } = this.#options;
    return known === undefined ? api.create(secretResource, secret) : api.replace(secretResource, secret);
  }
}
