import type { Clock } from "../lib/clock.ts";
import type { KubeApi, KubeError, KubeObject, KubeResource, Selection } from "./api.ts";
import type { Ending } from "./reflector-step.ts";

export interface WatchOptions {
  readonly api: KubeApi;
  readonly resource: KubeResource;
  readonly selection: Selection;
  readonly resourceVersion: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onObject: (type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject) => void;
  readonly onUnreadable: (reason: string) => void;
}

/** An API server sends a bookmark each minute; a connection that is silent for longer may be half open. */
const silenceMs = 90_000;
/** A server that ends each watch at once must not be asked without pause. */
const shortestMs = 1000;

/** One watch, from its version to its end. Never throws. */
export async function watchOnce(options: WatchOptions): Promise<Ending> {
  const { api, resource, selection, clock, random, signal, onObject, onUnreadable } = options;
  const startedMs = clock.monotonicMs();
  let { resourceVersion } = options;
  let isUseful = false;
  let refusal: KubeError | undefined;
  const silence = new SilenceLimit(clock, silenceMs);
  const either = AbortSignal.any([signal, silence.signal]);
  const ending = (error: unknown): Ending => {
    const wasUseful = isUseful || clock.monotonicMs() - startedMs >= shortestMs;
    return error === undefined
      ? { kind: "watched", resourceVersion, wasUseful }
      : { kind: "watch-failed", error, resourceVersion, wasUseful };
  };
  try {
    await api.watch(resource, {
      ...selection,
      resourceVersion,
      // Spread, so that not all watches of all clients end together.
      timeoutSeconds: Math.round(240 + 240 * random()),
      signal: either,
      onEvent(event) {
        if (either.aborted) return;
        silence.reset();
        switch (event.type) {
          case "ERROR":
            refusal ??= event.error;
            return;
          case "UNREADABLE":
            onUnreadable(event.reason);
            return;
          case "BOOKMARK":
            ({ resourceVersion } = event);
            break;
          case "ADDED":
          case "MODIFIED":
          case "DELETED":
            resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
            onObject(event.type, event.object);
        }
        isUseful = true;
      },
    });
    return ending(refusal);
  } catch (error) {
    return ending(silence.signal.aborted ? undefined : (refusal ?? error));
  } finally {
    silence.stop();
  }
}

class SilenceLimit {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #controller = new AbortController();
  #cancel: () => void;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#cancel = this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  reset(): void {
    this.#cancel();
    this.#cancel = this.#arm();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(): () => void {
    return this.#clock.after(this.#limitMs, () => this.#controller.abort(new Error("the watch is silent")));
  }
}
