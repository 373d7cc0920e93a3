/**
 * Follows all objects of one kind: lists them, watches from there, and goes on through whatever an API server or a
 * network does. Reads a KubeApi; produces puts, deletions and, after each list, what there is and so what is gone.
 *
 *   list (pages) --> watch (bookmarks) --> watch from the last version --> ... --410--> list
 */
import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/message-of.ts";
import { sleep } from "../lib/sleep.ts";
import type { Log } from "../observe/log.ts";
import { type KubeApi, KubeError, type KubeObject, type KubeResource, type Selection } from "./api.ts";
import { listAll, nameOf } from "./list.ts";
import type { Outage } from "./outage.ts";
import { resourceName } from "./paths.ts";
import { type Ending, nextStep, type Phase } from "./reflector-step.ts";
import { watchOnce } from "./watch-once.ts";

export type ReflectorEvent =
  /** New, changed or as before. `resource`: in the version that the server has. */
  | { readonly type: "put"; readonly objects: readonly KubeObject[]; readonly resource: KubeResource }
  /** "namespace/name". */
  | { readonly type: "deleted"; readonly name: string }
  /** A list is complete: what is not among its names is gone. None where the kind is not installed. */
  | { readonly type: "listed"; readonly names: ReadonlySet<string> }
  /** RBAC does not allow the list, which is tried again. */
  | { readonly type: "refused"; readonly error: KubeError }
  /** A line of a watch that was skipped. */
  | { readonly type: "unreadable"; readonly reason: string };

export interface ReflectorOptions {
  readonly api: KubeApi;
  /** Versions of one kind, the preferred first. */
  readonly resources: readonly [KubeResource, ...KubeResource[]];
  readonly selection: Selection;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Shared by all who follow this server. */
  readonly outage: Outage;
  readonly onEvent: (event: ReflectorEvent) => void;
}

export interface Reflector {
  /** Nothing is told after this. */
  stop(): Promise<void>;
}

/** A kind that was there and is not found is gone for good only when this many answers in a row say so. */
const asksUntilGone = 3;

export function startReflector(options: ReflectorOptions): Reflector {
  const controller = new AbortController();
  const done = new Run(options, controller.signal).run();
  return {
    stop() {
      controller.abort(new Error("stopped"));
      return done;
    },
  };
}

class Run {
  readonly #options: ReflectorOptions;
  readonly #signal: AbortSignal;
  readonly #log: Log;
  #phase: Phase = { kind: "list", failures: 0 };
  #resource: KubeResource;
  #hasListed = false;
  #isFailing = false;
  #isAbsent = false;

  constructor(options: ReflectorOptions, signal: AbortSignal) {
    const [resource] = options.resources;
    const { namespace } = options.selection;
    this.#options = options;
    this.#signal = signal;
    this.#resource = resource;
    this.#log = options.log.child({
      resource: resourceName(resource),
      ...(namespace === undefined ? {} : { namespace }),
    });
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const ending = this.#phase.kind === "watch" ? await this.#watch(this.#phase.resourceVersion) : await this.#list();
      if (this.#signal.aborted) return;
      const { phase, waitMs } = nextStep(this.#phase, ending, this.#options.random);
      this.#phase = phase;
      this.#tell(ending);
      if (waitMs > 0) await sleep(this.#options.clock, waitMs, this.#signal);
    }
  }

  async #list(): Promise<Ending> {
    const { api, resources, selection, onEvent } = this.#options;
    try {
      const listed = await listAll({
        api,
        resources,
        selection,
        signal: this.#signal,
        onPage: (objects, resource) => onEvent({ type: "put", objects, resource }),
      });
      if (listed === undefined) return { kind: "absent" };
      this.#resource = listed.resource;
      this.#hasListed = true;
      onEvent({ type: "listed", names: listed.names });
      return { kind: "listed", resourceVersion: listed.resourceVersion };
    } catch (error) {
      return { kind: "list-failed", error };
    }
  }

  #watch(resourceVersion: string): Promise<Ending> {
    const { api, selection, clock, random, onEvent } = this.#options;
    const resource = this.#resource;
    return watchOnce({
      api,
      resource,
      selection,
      resourceVersion,
      clock,
      random,
      signal: this.#signal,
      onObject(type, object) {
        if (type === "DELETED") onEvent({ type: "deleted", name: nameOf(object) });
        else onEvent({ type: "put", objects: [object], resource });
      },
      onUnreadable: (reason) => onEvent({ type: "unreadable", reason }),
    });
  }

  #tell(ending: Ending): void {
    switch (ending.kind) {
      case "listed":
        if (this.#isAbsent) this.#log.info({}, "The kind is installed");
        this.#isAbsent = false;
        break;
      case "absent":
        this.#tellAbsent();
        break;
      case "list-failed":
      case "watch-failed":
        this.#tellFailed(ending.error);
        return;
      case "watched":
        if (!ending.wasUseful) return;
    }
    this.#options.outage.answered(this);
    if (this.#isFailing) this.#log.info({}, "The kind is followed again");
    this.#isFailing = false;
  }

  #tellAbsent(): void {
    const asks = this.#phase.kind === "absent" ? this.#phase.asks : 0;
    if (this.#isAbsent || (this.#hasListed && asks < asksUntilGone)) return;
    this.#isAbsent = true;
    this.#hasListed = false;
    this.#log.info({}, "The kind is not installed: it is asked for every few seconds");
    this.#options.onEvent({ type: "listed", names: new Set() });
  }

  #tellFailed(error: unknown): void {
    if (!(error instanceof KubeError)) return this.#options.outage.failed(this, error);
    const isGone = error.status === 410;
    if (isGone) this.#log.info({}, "The watched version is too old: listed again");
    else if (!this.#isFailing) this.#log.warn({ error: messageOf(error) }, "Cannot follow the kind: tried again");
    if (!isGone) this.#isFailing = true;
    if (error.status === 403) this.#options.onEvent({ type: "refused", error });
  }
}
