import { BroadcastChannel } from "node:worker_threads";
import type { ToControlThread, ToPickerThread } from "./messages.ts";

interface Sides {
  readonly control: { readonly received: ToControlThread; readonly sent: ToPickerThread };
  readonly picker: { readonly received: ToPickerThread; readonly sent: ToControlThread };
}

export interface WorkerChannel<Side extends keyof Sides> {
  post(message: Sides[Side]["sent"]): void;
  close(): void;
}

/**
 * Joins the channel between the two workers. Either may be restarted at any time, so nobody holds the other's port:
 * a name that both know is enough, and each message says who is meant.
 */
export function joinWorkerChannel<Side extends keyof Sides>(
  name: string,
  side: Side,
  onMessage: (message: Sides[Side]["received"]) => void,
): WorkerChannel<Side> {
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event) => {
    const message = (event as { readonly data: ToControlThread | ToPickerThread }).data;
    if (message.to === side) onMessage(message as Sides[Side]["received"]);
  };
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}
