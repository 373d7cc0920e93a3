/**
 * Gateways' proxies on Kubernetes. Reads what the model wants and what the API server has; produces objects by
 * server-side apply, and each Gateway's addresses and replicas. Owns everything that carries our controller's name in
 * the namespace: what is changed or deleted is put right, what no Gateway wants any more is removed, also what an
 * earlier process made. Only the owner writes.
 */
import type { KubeApi, KubeObject } from "../../kube/api.ts";
import type { Cancel, Clock } from "../../lib/clock.ts";
import { type Watchable, WatchableValue } from "../../lib/watchable.ts";
import type { InfrastructureIr } from "../../model/infrastructure.ts";
import type { Log } from "../../observe/log.ts";
import { ObjectWriter, type Written } from "./apply-object.ts";
import { type InfrastructureState, stateOf } from "./gateway-state.ts";
import { secretKind } from "./kinds.ts";
import { followObjects, type LiveObjects } from "./live-objects.ts";
import type { Manifest } from "./make-object.ts";
import { type Plan, plan } from "./objects.ts";
import { isOurs, objectKey, ownerOf, ownerOfGateway } from "./owners.ts";
import type { InfrastructureSettings } from "./settings.ts";

export interface InfrastructureOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly settings: InfrastructureSettings;
  readonly fieldManager: string;
}

export type InfrastructureStates = ReadonlyMap<string, InfrastructureState>;

export interface Infrastructure {
  /** Of all Gateways, once every source is synced: those that are not among them are removed. */
  apply(infrastructures: ReadonlyMap<string, InfrastructureIr>): void;
  setOwner(isOwner: boolean): void;
  /** By Gateway, "namespace/name". */
  readonly state: Watchable<InfrastructureStates>;
  /** What would be applied, in order. */
  planned(): readonly Manifest[];
  stop(): Promise<void>;
}

export function createInfrastructure(options: InfrastructureOptions): Infrastructure {
  return new Applier(options);
}

interface Wanted {
  readonly infrastructure: InfrastructureIr;
  readonly plan: Plan;
}

class Applier implements Infrastructure {
  readonly #options: InfrastructureOptions;
  readonly #live: LiveObjects;
  readonly #writer: ObjectWriter;
  readonly #state = new WatchableValue<InfrastructureStates>(new Map());
  /** Undefined: nobody has said yet what is wanted, and so nothing is removed. */
  #wanted: ReadonlyMap<string, Wanted> | undefined;
  #problems: ReadonlyMap<string, string> = new Map();
  #isOwner = false;
  #isStopped = false;
  #isRunning = false;
  #isDirty = false;
  #cancelAgain: Cancel | undefined;

  constructor(options: InfrastructureOptions) {
    const { settings, ...rest } = options;
    this.#options = options;
    this.#live = followObjects({ ...rest, namespace: settings.namespace, onChange: () => this.#changed() });
    this.#writer = new ObjectWriter({ ...rest, live: this.#live, controllerName: settings.controllerName });
  }

  get state(): Watchable<InfrastructureStates> {
    return this.#state;
  }

  apply(infrastructures: ReadonlyMap<string, InfrastructureIr>): void {
    const before = this.#wanted;
    let isSame = before?.size === infrastructures.size;
    this.#wanted = new Map(
      [...infrastructures].map(([key, infrastructure]) => {
        const last = before?.get(key);
        if (last?.infrastructure === infrastructure) return [key, last];
        isSame = false;
        return [key, { infrastructure, plan: plan(infrastructure, this.#options.settings) }];
      }),
    );
    // Every route that changes comes by here.
    if (!isSame) this.#changed();
  }

  setOwner(isOwner: boolean): void {
    this.#isOwner = isOwner;
    this.#changed();
  }

  planned(): readonly Manifest[] {
    return [...(this.#wanted?.values() ?? [])].flatMap((one) => (one.plan.kind === "objects" ? one.plan.objects : []));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelAgain?.();
    await this.#live.stop();
  }

  #changed(): void {
    this.#publish();
    this.#isDirty = true;
    if (!this.#isRunning) void this.#run();
  }

  /** One pass after the other: changes that come meanwhile are the next one's. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // All changes of one turn make one pass.
    await Promise.resolve();
    while (this.#isDirty && this.#mayWrite()) {
      this.#isDirty = false;
      await this.#pass();
    }
    this.#isRunning = false;
  }

  #mayWrite(): boolean {
    return this.#isOwner && !this.#isStopped && this.#live.isSynced && this.#wanted !== undefined;
  }

  async #pass(): Promise<void> {
    const problems = new Map<string, string>();
    let againInMs = Number.POSITIVE_INFINITY;
    const attempt = async (gateway: string, write: () => Promise<Written>): Promise<void> => {
      if (!this.#mayWrite()) return;
      const { inMs, problem } = await write();
      if (inMs !== undefined) againInMs = Math.min(againInMs, inMs);
      if (problem !== undefined && !problems.has(gateway)) problems.set(gateway, problem);
    };
    for (const [gateway, { plan: its }] of this.#wanted ?? []) {
      if (its.kind === "objects") {
        for (const object of its.objects) await attempt(gateway, () => this.#writer.apply(gateway, object));
      } else if (its.problem !== undefined) problems.set(gateway, its.problem);
    }
    for (const object of this.#superfluous()) await attempt(ownerOf(object), () => this.#writer.remove(object));
    this.#problems = problems;
    this.#publish();
    this.#cancelAgain?.();
    if (againInMs === Number.POSITIVE_INFINITY || this.#isStopped) return;
    this.#cancelAgain = this.#options.clock.after(againInMs, () => this.#changed());
  }

  /** What a Gateway has once had, or what is left of one that is gone. */
  #superfluous(): readonly KubeObject[] {
    const keysByOwner = new Map<string, ReadonlySet<string> | "all">();
    for (const [gateway, { plan: its }] of this.#wanted ?? []) {
      keysByOwner.set(ownerOfGateway(gateway), its.kind === "hold" ? "all" : new Set(its.objects.map(objectKey)));
    }
    return this.#live.all().filter((object) => {
      if (!isOurs(object, this.#options.settings.controllerName)) return false;
      if (object.metadata["deletionTimestamp"] !== undefined) return false;
      const kept = keysByOwner.get(ownerOf(object));
      if (kept === undefined) return true;
      return kept !== "all" && object.kind !== secretKind.kind && !kept.has(objectKey(object));
    });
  }

  #publish(): void {
    const byOwner = Map.groupBy(this.#live.all(), ownerOf);
    const states = new Map(
      [...(this.#wanted?.keys() ?? [])].map((gateway) => {
        const own = byOwner.get(ownerOfGateway(gateway)) ?? [];
        const service = own.find(({ kind }) => kind === "Service");
        const deployment = own.find(({ kind }) => kind === "Deployment");
        return [gateway, stateOf({ service, deployment }, this.#problems.get(gateway))];
      }),
    );
    if (textOf(states) !== textOf(this.#state.get())) this.#state.set(states);
  }
}

function textOf(states: InfrastructureStates): string {
  return JSON.stringify([...states]);
}
