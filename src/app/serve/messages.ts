/** What the supervising thread and the control worker of `ante serve` tell each other. Plain data. */
import type { OpenMemories } from "../held-memories.ts";
import type { ServeConfig } from "./serve-config.ts";

/** Given to the control worker as workerData. */
export interface ServeWorkerConfig {
  readonly config: ServeConfig;
  /** Of the admin API. */
  readonly adminSocket: string;
  /** Name of the channel between the two workers. */
  readonly channel: string;
  /** What the control thread before this one held. */
  readonly held: OpenMemories;
}

/** control -> main */
export type FromServeControl =
  /** Latest value: kept for the next control thread. */
  | { readonly type: "held"; readonly held: OpenMemories }
  /** It cannot be served as asked: what the user must mend. */
  | { readonly type: "refused"; readonly message: string };
