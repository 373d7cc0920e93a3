import type { QueueItem } from "./item.ts";

/**
 * Requests that wait, and who of them is next. The three tiers are lines of lines: priority between bands, fairness
 * between the flows of a band, ordering within a flow. All operations are O(log n) in the requests.
 */
export interface Line {
  readonly size: number;
  /** Next to be served; stays until it is removed. */
  head(): QueueItem | undefined;
  add(item: QueueItem): void;
  /** It leaves without a server. False: it is not here. */
  remove(item: QueueItem): boolean;
  /** It leaves for a server. False: it is not here. */
  serve(item: QueueItem): boolean;
}
