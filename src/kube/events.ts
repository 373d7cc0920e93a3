/**
 * Events of objects, as `kubectl describe` shows them. Best effort: said once, not too often, and a failure is logged and
 * forgotten. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/message-of.ts";
import type { Log } from "../observe/log.ts";
import type { KubeApi, KubeResource } from "./api.ts";
import { microTime } from "./lease-record.ts";

export interface KubeEvent {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    /** "" for cluster-scoped kinds. */
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
  };
  readonly type: "Normal" | "Warning";
  /** CamelCase, for machines. */
  readonly reason: string;
  /** What was done or tried, in CamelCase. */
  readonly action: string;
  /** A sentence for people. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly api: Pick<KubeApi, "create">;
  readonly clock: Clock;
  readonly log: Log;
  /** A domain and a name: "gateway.example.com/controller". */
  readonly component: string;
  /** This replica. */
  readonly instance: string;
}

export interface EventRecorder {
  /** Never throws and never waits. */
  record(event: KubeEvent): void;
}

const events: KubeResource = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
};

/** The same words about the same object are not said again for as long. */
const repeatMs = 600_000;
/** All together: so many at once, and one more each so many ms. */
const burst = 25;
const refillMs = 2000;
/** Remembered; the oldest are forgotten. */
const mostSaid = 2000;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  /** When it was said, the oldest first. */
  readonly #said = new Map<string, number>();
  #tokens = burst;
  #refilledMs: number;
  #count = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#refilledMs = options.clock.monotonicMs();
  }

  record(event: KubeEvent): void {
    const { api, log } = this.#options;
    const { regarding, reason } = event;
    if (!this.#mayBeSaid(event)) return;
    api.create(events, this.#objectOf(event)).catch((error: unknown) => {
      const subject = `${regarding.kind} ${regarding.namespace}/${regarding.name}`;
      log.warn({ subject, reason, error: messageOf(error) }, "Cannot write an Event");
    });
  }

  #mayBeSaid({ regarding, type, reason, note }: KubeEvent): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const { kind, namespace, name, uid } = regarding;
    const words = JSON.stringify([kind, namespace, name, uid, type, reason, note]);
    const saidMs = this.#said.get(words);
    if (saidMs !== undefined && nowMs - saidMs < repeatMs) return false;
    const fresh = Math.floor((nowMs - this.#refilledMs) / refillMs);
    this.#tokens = Math.min(burst, this.#tokens + fresh);
    this.#refilledMs += fresh * refillMs;
    if (this.#tokens === 0) return false;
    this.#tokens--;
    this.#said.delete(words);
    this.#said.set(words, nowMs);
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= mostSaid) break;
      this.#said.delete(oldest);
    }
    return true;
  }

  #objectOf({ regarding, type, reason, action, note }: KubeEvent) {
    const { clock, component, instance } = this.#options;
    const wallMs = clock.wallMs();
    // Unique as client-go makes it, and never longer than a name may be.
    const suffix = `${wallMs.toString(16)}${(this.#count++).toString(16).padStart(4, "0")}`;
    const namespace = regarding.namespace || "default";
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace, name: `${regarding.name.slice(0, 220)}.${suffix}` },
      eventTime: microTime(wallMs),
      reportingController: component,
      reportingInstance: instance.slice(0, 128),
      regarding: { ...regarding, namespace },
      type,
      reason: reason.slice(0, 128),
      action: action.slice(0, 128),
      note: shortened(note),
    };
  }
}

/** At most 1024 bytes. */
function shortened(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= 1024) return note;
  return `${new TextDecoder().decode(bytes.subarray(0, 1018)).replace(/\uFFFD$/, "")} ...`;
}
