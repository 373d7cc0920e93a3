import type { Layout } from "./apps.ts";

export interface RouteFigures {
  readonly routes: number;
  readonly layout: Layout;
  readonly load: LoadFigures;
  /** Share of one core that `ante` uses while nothing changes. */
  readonly idleCpu: number;
  readonly probeCpuMs: number;
  readonly added: ChangeFigures;
  readonly removed: ChangeFigures;
  /** An endpoint became another one. */
  readonly moved: ChangeFigures;
  /** Mean over what was added and removed: from the publication of a snapshot until Envoy has acknowledged all of it. */
  readonly publishedToAckMs: number;
  readonly backgroundAsked: number;
  /** Answers that nobody should see: neither 200 nor 404, and on a route that stays anything but 200. */
  readonly unexpected: number;
  readonly samples: readonly string[];
}

export interface LoadFigures {
  readonly ms: number;
  readonly anteCpuS: number;
  readonly controlCpuS: number;
  readonly envoyCpuS: number;
  readonly anteMemory: Memory;
  readonly envoyMemory: Memory;
}

export interface Memory {
  readonly now: number;
  readonly peak: number;
}

/** One entry for each change. */
export interface ChangeFigures {
  /** To the first answer that shows it. */
  readonly ms: readonly number[];
  /** Until then. */
  readonly anteCpuMs: readonly number[];
  /** Until then and some time after: what is done once the change is in effect, too. */
  readonly allAnteCpuMs: readonly number[];
  /** Until then, without the probes. */
  readonly envoyCpuMs: readonly number[];
}

export interface OneChange {
  readonly ms: number;
  readonly anteCpuMs: number;
  readonly allAnteCpuMs: number;
  readonly envoyCpuMs: number;
}
