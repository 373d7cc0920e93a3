/**
 * From "a file changed" to "it is in effect": one line per change that says on how many proxies and after how long.
 * It is told of changes, of snapshots that were published for them, and of what proxies acknowledged.
 */
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import { type ObjectRef, objectKey } from "../../resources/object.ts";

export interface ChangedObject {
  readonly ref: ObjectRef;
  readonly change: "applied" | "changed" | "removed";
}

/** Of one Gateway's proxies. */
export interface GatewayProgress {
  readonly connected: number;
  /** Those that have acknowledged everything up to this sequence. */
  acknowledged(sequence: number): number;
}

interface Batch {
  readonly objects: readonly ChangedObject[];
  readonly sinceMs: number;
  /** Gateway -> the snapshot that carries the change. */
  readonly awaited: ReadonlyMap<string, number>;
}

/** More objects than this at once are told in one line. */
const mostLines = 5;

export interface EffectsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What an object is, in a few words: "2 rules". */
  readonly describe: (ref: ObjectRef) => string;
  /** Proxies have refused it as it is. */
  readonly isHeld: (ref: ObjectRef) => boolean;
}

export class Effects {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #describe: (ref: ObjectRef) => string;
  readonly #isHeld: (ref: ObjectRef) => boolean;
  #noted = new Map<string, ChangedObject>();
  #notedAtMs = 0;
  #batches: readonly Batch[] = [];

  constructor(options: EffectsOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#describe = options.describe;
    this.#isHeld = options.isHeld;
  }

  /** An object was admitted or is gone. Before the rebuild that it causes. */
  noted(object: ChangedObject): void {
    if (this.#noted.size === 0) this.#notedAtMs = this.#clock.monotonicMs();
    this.#noted.set(objectKey(object.ref), object);
  }

  /** What was noted is built; `published` are the Gateways that it changed, with the sequences sent. */
  published(published: ReadonlyMap<string, number>, progress: ReadonlyMap<string, GatewayProgress>): void {
    if (this.#noted.size === 0) return;
    const batch = { objects: [...this.#noted.values()], sinceMs: this.#notedAtMs, awaited: published };
    this.#noted = new Map();
    if (published.size === 0) this.#tell(batch, "no proxy is affected", {});
    else this.#batches = [...this.#batches, batch];
    this.acknowledged(progress);
  }

  acknowledged(progress: ReadonlyMap<string, GatewayProgress>): void {
    const open: Batch[] = [];
    for (const batch of this.#batches) {
      const awaited = [...batch.awaited].map(([gateway, sequence]) => ({ sequence, gateway: progress.get(gateway) }));
      const known = awaited.filter(({ gateway }) => gateway !== undefined && gateway.connected > 0);
      const connected = known.reduce((sum, { gateway }) => sum + (gateway?.connected ?? 0), 0);
      const done = known.reduce((sum, { gateway, sequence }) => sum + (gateway?.acknowledged(sequence) ?? 0), 0);
      if (connected === 0 || done < connected) {
        open.push(batch);
        continue;
      }
      const ms = Math.round(this.#clock.monotonicMs() - batch.sinceMs);
      this.#tell(batch, `effective on ${done}/${connected} proxies in ${ms} ms`, { proxies: connected, ms });
    }
    this.#batches = open;
  }

  #tell({ objects }: Batch, outcome: string, fields: Readonly<Record<string, unknown>>): void {
    const taken = objects.filter(({ ref }) => !this.#isHeld(ref));
    if (taken.length > mostLines) {
      this.#log.info(
        { ...fields, objects: objects.length, text: `${objects.length} objects: ${outcome}` },
        "effective",
      );
      return;
    }
    for (const { ref, change } of taken) {
      const name = ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
      const detail = change === "removed" ? "removed" : this.#describe(ref);
      const text = `${shortKind(ref.kind)} ${name}: ${detail === "" ? "" : `${detail}, `}${outcome}`;
      this.#log.info({ ...fields, kind: ref.kind, object: name, change, text }, "effective");
    }
  }
}

const shortKinds: Readonly<Record<string, string>> = {
  HTTPRoute: "route",
  Gateway: "gateway",
  GatewayClass: "class",
  InferencePool: "pool",
  InferenceModel: "model",
  InferenceObjective: "objective",
  InferenceModelRewrite: "rewrite",
  BackendTrafficPolicy: "policy",
};

function shortKind(kind: string): string {
  return shortKinds[kind] ?? kind.toLowerCase();
}
