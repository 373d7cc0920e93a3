import type { Memory } from "../result.ts";

export interface KubeOptions {
  readonly routes: number;
  /** How often a route is added, removed, and an endpoint moved. */
  readonly changes: number;
  /** How often a route's Service becomes the other one. */
  readonly toggles: number;
}

/** Of one number of routes. Figures of memory are in bytes. */
export interface KubeFigures {
  readonly routes: number;
  readonly load: KubeLoadFigures;
  /** Share of one core that is used while nothing changes. */
  readonly idle: { readonly ante: number; readonly apiServer: number };
  readonly added: KubeChangeFigures;
  readonly removed: KubeChangeFigures;
  /** An endpoint became another one. */
  readonly moved: KubeChangeFigures;
  readonly toggled: ToggleFigures;
  readonly restart: RestartFigures;
  readonly backgroundAsked: number;
  /** Answers that nobody should see: neither 200 nor 404, and on a route that stays anything but 200. */
  readonly unexpected: number;
  readonly samples: readonly string[];
}

export interface CpuFigures {
  readonly anteCpuS: number;
  readonly controlCpuS: number;
  /** For a processor, which others had. */
  readonly controlWaitedS: number;
  readonly envoyCpuS: number;
  readonly apiServerCpuS: number;
}

/** Objects are created while the program runs. Times since the first of them. */
export interface KubeLoadFigures extends CpuFigures {
  readonly createdMs: number;
  /** All answer. */
  readonly servedMs: number;
  /** All are Accepted in the API server. */
  readonly acceptedMs: number;
  readonly anteMemory: Memory;
  readonly envoyMemory: Memory;
  readonly apiServerMemory: Memory;
}

/** A new process finds all objects there, and proxies that have their configuration. Times since its start. */
export interface RestartFigures extends CpuFigures {
  readonly readyMs: number;
  /** A route that was created while no process ran answers. */
  readonly servedMs: number;
  readonly anteMemory: Memory;
  /** Routes that were written although nothing about them had changed. */
  readonly rewritten: number;
}

/** One entry for each change. */
export interface KubeChangeFigures {
  /** To the first answer that shows it. */
  readonly ms: readonly number[];
  /** Until the API server had answered. */
  readonly writeMs: readonly number[];
  readonly anteCpuMs: readonly number[];
  readonly allAnteCpuMs: readonly number[];
  readonly envoyCpuMs: readonly number[];
  readonly apiServerCpuMs: readonly number[];
}

export interface ToggleFigures {
  readonly toggles: number;
  /** Of those that were seen before the next one. */
  readonly ms: readonly number[];
  readonly overtaken: number;
  readonly asked: number;
  /** Answers other than 2xx. */
  readonly unexpected: number;
  readonly samples: readonly string[];
}
