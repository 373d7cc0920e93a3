/**
 * Kubernetes resources from an API server: keeps the store equal to what the server has. Reads lists and watches of
 * every kind; puts what is admitted into the store, raw statuses beside it, and tells what is wrong in reports.
 *
 *   Reflector (per kind and namespace) --> Intake: slim, admit --> Batch --> Store
 *                                                +--> ObservedTable, reports
 */
import type { KubeApi } from "../../kube/api.ts";
import { Outage } from "../../kube/outage.ts";
import { type Reflector, type ReflectorEvent, startReflector } from "../../kube/reflector.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import type { KindDeclaration } from "../../resources/kind.ts";
import { kinds as allKinds } from "../../resources/kind-table.ts";
import { refOf } from "../../resources/references.ts";
import type { Outcome, Store } from "../store.ts";
import { Batch } from "./batch.ts";
import { type Followed, followedOf } from "./followed.ts";
import { Intake } from "./intake.ts";
import { type ObservedStatuses, ObservedTable } from "./observed.ts";
import type { KubeReport } from "./report.ts";

export interface KubeSourceOptions {
  readonly api: KubeApi;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
  readonly onReport: (report: KubeReport) => void;
  /** Absent: every kind that is read. */
  readonly kinds?: readonly KindDeclaration[];
  /** Absent or empty: the whole cluster. */
  readonly namespaces?: readonly string[];
}

export interface KubeSource {
  readonly observed: ObservedStatuses;
  stop(): Promise<void>;
}

const sourceName = "kubernetes";

/** Kinds whose statuses are written. */
const withStatus: ReadonlySet<KindDeclaration["collection"]> = new Set([
  "gatewayClasses",
  "gateways",
  "httpRoutes",
  "backendTrafficPolicies",
  "backends",
  "inferencePools",
  "inferenceModels",
  "inferenceObjectives",
  "inferenceModelRewrites",
]);

/** Begins to follow, also while the server is away: the store says when everything has been listed. */
export function startKubeSource(options: KubeSourceOptions): KubeSource {
  options.store.announceSource(sourceName);
  const run = new Run(options);
  return { observed: run.observed, stop: () => run.stop() };
}

class Run {
  readonly observed = new ObservedTable();
  readonly #options: KubeSourceOptions;
  readonly #batch: Batch;
  readonly #outage: Outage;
  readonly #unlisted: Set<Followed>;
  readonly #reflectors: readonly Reflector[];

  constructor(options: KubeSourceOptions) {
    this.#options = options;
    this.#batch = new Batch(options.store, options.clock, (outcomes) => tell(outcomes, options.onReport));
    this.#outage = new Outage(options.clock, options.log);
    const followed = followedOf(options.kinds ?? allKinds, options.namespaces ?? []);
    this.#unlisted = new Set(followed);
    this.#reflectors = followed.map((one) => this.#follow(one));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
    this.#batch.flush();
  }

  #follow(followed: Followed): Reflector {
    const { api, clock, random, log, onReport } = this.#options;
    const { kind, resources, selection } = followed;
    const observed = withStatus.has(kind.collection) ? this.observed : undefined;
    const intake = new Intake({ kind, batch: this.#batch, observed, onReport });
    return startReflector({
      api,
      resources,
      selection,
      clock,
      random,
      log,
      outage: this.#outage,
      onEvent: (event) => this.#take(event, followed, intake),
    });
  }

  #take(event: ReflectorEvent, followed: Followed, intake: Intake): void {
    const { log } = this.#options;
    switch (event.type) {
      case "put":
        for (const object of event.objects) intake.put(object, event.resource);
        return;
      case "deleted":
        intake.remove(event.name);
        return;
      case "listed":
        intake.keepOnly(event.names);
        this.#listed(followed);
        return;
      case "refused":
        if (!followed.isOptional || !this.#unlisted.has(followed)) return;
        log.warn({ kind: followed.kind.kind }, "The kind may not be read: what selects by its labels selects nothing");
        this.#listed(followed);
        return;
      case "unreadable":
        log.warn(
          { kind: followed.kind.kind, reason: event.reason },
          "An event of the API server cannot be read: skipped",
        );
    }
  }

  #listed(followed: Followed): void {
    if (!this.#unlisted.delete(followed) || this.#unlisted.size > 0) return;
    this.#batch.flush();
    this.#options.store.sourceSynced(sourceName);
  }
}

const levels = { added: "applied", changed: "changed", removed: "removed" } as const;

function tell(outcomes: readonly Outcome[], onReport: (report: KubeReport) => void): void {
  for (const { effect, object } of outcomes) {
    if (effect === "unchanged") continue;
    const reason = effect === "removed" ? "the API server has it no more" : `generation ${object.metadata.generation}`;
    onReport({ level: levels[effect], object: refOf(object), reason });
  }
}
