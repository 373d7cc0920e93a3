/** What a reflector does next: a pure function of where it is and of how that ended. */
import { KubeError } from "./api.ts";

export type Phase =
  | { readonly kind: "list"; readonly failures: number }
  | { readonly kind: "watch"; readonly resourceVersion: string; readonly failures: number }
  /** No version of the kind is served: its CRD is missing. */
  | { readonly kind: "absent"; readonly asks: number };

export type Ending =
  | { readonly kind: "listed"; readonly resourceVersion: string }
  /** `version`: the last that was seen, from which the next watch goes on. */
  | { readonly kind: "watched"; readonly resourceVersion: string; readonly wasUseful: boolean }
  | { readonly kind: "absent" }
  | { readonly kind: "list-failed"; readonly error: unknown }
  | {
      readonly kind: "watch-failed";
      readonly error: unknown;
      readonly resourceVersion: string;
      readonly wasUseful: boolean;
    };

export interface Step {
  readonly phase: Phase;
  readonly waitMs: number;
}

const firstMs = 200;
const longestMs = 4000;
/** Of a kind whose CRD is missing. */
const askAgainMs = 3000;

export function nextStep(phase: Phase, ending: Ending, random: () => number): Step {
  const failures = phase.kind === "absent" ? 0 : phase.failures;
  switch (ending.kind) {
    case "listed":
      // The failures stay until a watch has worked: a list that works beside watches that do not must not spin.
      return { phase: { kind: "watch", resourceVersion: ending.resourceVersion, failures }, waitMs: 0 };
    case "watched": {
      const { resourceVersion, wasUseful } = ending;
      const next = wasUseful ? 0 : failures + 1;
      return { phase: { kind: "watch", resourceVersion, failures: next }, waitMs: backOffMs(next, random) };
    }
    case "absent": {
      const asks = phase.kind === "absent" ? phase.asks + 1 : 1;
      return { phase: { kind: "absent", asks }, waitMs: askAgainMs * (0.8 + 0.4 * random()) };
    }
    case "list-failed": {
      const { error } = ending;
      // Between two pages the version got too old; the next list begins with a new one.
      return { phase: { kind: "list", failures: failures + 1 }, waitMs: waitAfter(error, failures + 1, random) };
    }
    case "watch-failed": {
      const { error, resourceVersion, wasUseful } = ending;
      const next = (wasUseful ? 0 : failures) + 1;
      if (isTooOld(error))
        return { phase: { kind: "list", failures: next }, waitMs: next === 1 ? 0 : backOffMs(next, random) };
      const waitMs = waitAfter(error, next, random);
      return mayResume(error)
        ? { phase: { kind: "watch", resourceVersion, failures: next }, waitMs }
        : { phase: { kind: "list", failures: next }, waitMs };
    }
  }
}

/** 0 without failures; else up to 4 s, with jitter, so that not all kinds and replicas come back at once. */
export function backOffMs(failures: number, random: () => number): number {
  if (failures <= 0) return 0;
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 16)) * (0.5 + 0.5 * random());
}

function waitAfter(error: unknown, failures: number, random: () => number): number {
  const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(Math.min(asked, 60_000), backOffMs(failures, random));
}

function isTooOld(error: unknown): boolean {
  return error instanceof KubeError && error.status === 410;
}

/**
 * The server is away or busy; what it refuses in another way (a version that it never had, as after a restored backup;
 * a kind that it does not serve any more) a list must settle.
 */
function mayResume(error: unknown): boolean {
  return !(error instanceof KubeError) || [401, 429, 500, 502, 503].includes(error.status);
}
