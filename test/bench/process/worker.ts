import { type ChildProcess, fork } from "node:child_process";

/** A script in a process of its own that answers messages, one at a time. */
export interface Worker<Order, Answer> {
  readonly pid: number;
  ask(order: Order): Promise<Answer>;
  stop(): Promise<void>;
}

const patienceMs = 3_000;

export function startWorker<Order, Answer>(script: string): Worker<Order, Answer> {
  const child = fork(script, { execArgv: [] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    pid: child.pid ?? 0,
    ask: (order) => answerOf<Answer>(child, order),
    async stop() {
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      await ended;
      clearTimeout(kill);
    },
  };
}

function answerOf<Answer>(child: ChildProcess, order: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`Cannot go on: a process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (answer) => {
      child.off("exit", onExit);
      resolve(answer as Answer);
    });
    child.send(order as object);
  });
}

/** The other end: answers each order of the parent, and ends with it. */
export function answerOrders<Order>(answer: (order: Order) => Promise<unknown>): void {
  process.on("message", (order) => {
    void answer(order as Order).then((result) => process.send?.(result));
  });
  process.on("disconnect", () => process.exit());
  // An interrupt goes to the whole group; the parent ends its processes in order.
  process.on("SIGINT", () => {});
}
