import type { MessagePort } from "node:worker_threads";
import type { Clock } from "../../lib/clock.ts";
import { type FromWorker, heartbeatMs, type ToWorker } from "./worker-protocol.ts";

export interface WorkerLink<Outgoing> {
  post(message: Outgoing): void;
}

export interface WorkerLinkOptions<Incoming> {
  readonly port: MessagePort;
  readonly clock: Clock;
  readonly onMessage: (message: Incoming) => void;
  /** Ends what the worker runs; once it settles the link closes and the thread can end. */
  readonly onStop: () => Promise<void>;
}

/** The worker's end of its supervision: beats while its event loop turns, passes messages, stops when told. */
export function linkWorker<Incoming, Outgoing>(options: WorkerLinkOptions<Incoming>): WorkerLink<Outgoing> {
  const { port, clock, onMessage, onStop } = options;
  const send = (message: FromWorker<Outgoing>): void => port.postMessage(message);
  let cancelBeat = (): void => {};
  const beat = (): void => {
    send({ kind: "heartbeat" });
    cancelBeat = clock.after(heartbeatMs, beat);
  };
  beat();
  port.on("message", (received: ToWorker<Incoming>) => {
    switch (received.kind) {
      case "message":
        onMessage(received.message);
        return;
      case "stop":
        void onStop().finally(() => {
          cancelBeat();
          port.close();
        });
    }
  });
  return { post: (message) => send({ kind: "message", message }) };
}
