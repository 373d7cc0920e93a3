/** A socket that crashes and blocks threads, for tests of what happens then. Off unless --test-hooks is given. */
import { createServer } from "node:net";
import type { TestOrder } from "./messages.ts";

type Order = TestOrder["order"];

export interface TestHooks {
  readonly socket: string;
  stop(): Promise<void>;
}

/** One order a line: "crash control", "block picker". */
export async function startTestHooks(
  socket: string,
  threads: Readonly<Record<"control" | "picker", (order: Order) => void>>,
): Promise<TestHooks> {
  const server = createServer((client) => {
    client.setEncoding("utf8").on("data", (line: string) => {
      const [order, thread] = line.trim().split(" ");
      if ((order === "crash" || order === "block") && (thread === "control" || thread === "picker"))
        threads[thread](order);
      client.end();
    });
    client.on("error", () => {});
  });
  await new Promise<void>((done) => server.listen(socket, done));
  return { socket, stop: () => new Promise((done) => server.close(() => done())) };
}

/** In the worker: throws out of the event loop, or never returns to it. */
export function obeyTestOrder({ order }: TestOrder): void {
  if (order === "crash") {
    setImmediate(() => {
      throw new Error("Cannot go on: a test ordered a crash");
    });
    return;
  }
  for (;;);
}
