/** A worker that misbehaves as it is told; its data says so too, for a first start that fails. */
import { parentPort, workerData } from "node:worker_threads";
import { linkWorker, type WorkerLink } from "../../src/infra/process/worker-link.ts";
import { systemClock } from "../../src/lib/clock.ts";

export type Order = "echo" | "block" | "throw" | "exit" | "hang-on-stop";
export type Reply = { readonly echo: unknown } | { readonly stopped: true };

let hangs = false;

if (parentPort === null) throw new Error("Cannot run the worker: it is no thread");
const link: WorkerLink<Reply> = linkWorker<Order, Reply>({
  port: parentPort,
  clock: systemClock,
  onMessage: obey,
  async onStop() {
    if (hangs) await new Promise(() => {});
    link.post({ stopped: true });
  },
});

function obey(order: Order): void {
  switch (order) {
    case "echo":
      link.post({ echo: workerData });
      return;
    case "block":
      for (;;);
    case "throw":
      throw new Error("as told");
    case "exit":
      process.exit(3);
      return;
    case "hang-on-stop":
      hangs = true;
  }
}
