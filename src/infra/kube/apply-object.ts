import { type KubeApi, KubeError, type KubeObject } from "../../kube/api.ts";
import type { Clock } from "../../lib/clock.ts";
import { contentHash } from "../../lib/content-hash.ts";
import { isJsonObject, type Json } from "../../lib/json.ts";
import { memoOn } from "../../lib/memo.ts";
import { messageOf } from "../../lib/message-of.ts";
import type { Log } from "../../observe/log.ts";
import { wantedPart } from "./drift.ts";
import { FailedWrites } from "./failed-writes.ts";
import { kindNamed } from "./kinds.ts";
import type { LiveObjects } from "./live-objects.ts";
import type { Manifest } from "./make-object.ts";
import { foreignProblem, isAdopted, objectKey } from "./owners.ts";
import { RepairPause } from "./repair-pause.ts";

export interface ObjectWriterOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly live: LiveObjects;
  readonly controllerName: string;
  readonly fieldManager: string;
}

/** Absent fields: it is as it should be. */
export interface Written {
  /** When to look again. */
  readonly inMs?: number;
  readonly problem?: string;
}

interface Settled {
  readonly wanted: string;
  /** What it said of the wanted fields once it was applied. */
  readonly part: string;
}

interface Telling {
  readonly gateway: string;
  readonly object: string;
  readonly isRepair: boolean;
  readonly isChanged: boolean;
}

const hashOf = memoOn((wanted: Manifest): string => contentHash(JSON.stringify(wanted)));

/** Under which Envoy Gateway applies. */
const envoyGatewayManager = "envoy-gateway";

/** Writes objects by server-side apply: only those that are not as they should be, and none of anybody else's. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;
  readonly #settled = new Map<string, Settled>();
  readonly #pause: RepairPause;
  readonly #failures: FailedWrites;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
    this.#pause = new RepairPause(options.clock);
    this.#failures = new FailedWrites(options.clock, options.random);
  }

  async apply(gateway: string, wanted: Manifest): Promise<Written> {
    const key = objectKey(wanted);
    const hash = hashOf(wanted);
    const settled = this.#settled.get(key);
    const isRepair = settled?.wanted === hash;
    const seen = this.#options.live.get(wanted);
    if (isRepair && seen !== undefined && settled.part === partOf(wanted, seen)) return {};
    // It is on its way out, and what is applied to it would go with it.
    if (seen?.metadata["deletionTimestamp"] !== undefined) return { inMs: 1000 };
    return this.#attempt(key, hash, async () => {
      const inMs = isRepair ? this.#pause.before(key) : 0;
      if (inMs > 0) return { inMs };
      const existing = seen ?? (await this.#find(wanted));
      const problem = existing && foreignProblem(existing, gateway, this.#options.controllerName);
      if (problem !== undefined) throw new Error(problem);
      const result = await this.#options.live.written(() => this.#write(wanted, existing));
      this.#settled.set(key, { wanted: hash, part: partOf(wanted, result) });
      this.#told({ gateway, object: key, isRepair, isChanged: versionOf(result) !== versionOf(existing) });
      return {};
    });
  }

  async remove(object: KubeObject): Promise<Written> {
    const { api, log } = this.#options;
    const { name, namespace = "", uid } = object.metadata;
    const key = objectKey(object);
    return this.#attempt(key, `remove ${uid ?? ""}`, async () => {
      this.#settled.delete(key);
      await api.delete(kindNamed(object.kind), { namespace, name }, uid === undefined ? {} : { uid });
      log.info({ object: key }, "infrastructure removed");
      return {};
    });
  }

  /** A new owner applies everything once, and changes nothing most often. */
  #told({ isRepair, isChanged, ...fields }: Telling): void {
    const { log } = this.#options;
    const message = isRepair ? "infrastructure repaired" : "infrastructure applied";
    if (isChanged) log.info(fields, message);
    else log.debug(fields, message);
  }

  /** What has failed is tried again after a pause, however much else changes meanwhile. */
  async #attempt(key: string, version: string, write: () => Promise<Written>): Promise<Written> {
    const waiting = this.#failures.waiting(key, version);
    if (waiting !== undefined) return waiting;
    try {
      const written = await write();
      this.#failures.succeeded(key);
      return written;
    } catch (error) {
      const problem = messageOf(error);
      this.#options.log.warn({ object: key, problem }, "cannot write infrastructure");
      return this.#failures.failed(key, version, problem, error instanceof KubeError ? error.retryAfterMs : undefined);
    }
  }

  /** Without our labels it is not among those that are followed. */
  #find({ kind, metadata: { namespace, name } }: Manifest): Promise<KubeObject | undefined> {
    return this.#options.api.get(kindNamed(kind), { namespace, name });
  }

  async #write(wanted: Manifest, existing: KubeObject | undefined): Promise<KubeObject> {
    const { api, fieldManager } = this.#options;
    const resource = kindNamed(wanted.kind);
    const scale = existing === undefined ? undefined : givenUpScale(wanted, existing);
    if (scale !== undefined) await api.apply(resource, scale, { fieldManager: `${fieldManager}-scale`, force: false });
    const result = await api.apply(resource, wanted, { fieldManager, force: true });
    if (existing === undefined || !isAdopted(existing)) return result;
    // An apply of nothing gives up what that manager owns: what only it had set goes, what we have set stays.
    const { apiVersion, kind, metadata } = wanted;
    const { name, namespace } = metadata;
    const nothing = { apiVersion, kind, metadata: { name, namespace } };
    return api.apply(resource, nothing, { fieldManager: envoyGatewayManager, force: false });
  }
}

/**
 * With an autoscaler the number of replicas is not wanted any more, and what nobody wants an apply removes: it would
 * fall to one until the autoscaler looks. So another name owns it meanwhile.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
 */
function givenUpScale({ apiVersion, kind, metadata, spec }: Manifest, existing: KubeObject): KubeObject | undefined {
  const { replicas } = (existing["spec"] ?? {}) as { readonly replicas?: number };
  if (kind !== "Deployment" || replicas === undefined || !isJsonObject(spec) || "replicas" in spec) return undefined;
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, spec: { replicas } };
}

function versionOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.resourceVersion;
}

function partOf(wanted: Manifest, live: KubeObject): string {
  // What an API server answers is JSON.
  return JSON.stringify(wantedPart(wanted, live as unknown as Json));
}
