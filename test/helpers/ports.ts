import { createServer } from "node:net";

/** Below what systems hand out by themselves: nobody who asks for any port, and no outgoing connection, can get one. */
const lowest = 10_000;
const highest = 19_000;

/** A TCP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) return port;
  }
  throw new Error("Cannot find a free port: a hundred were taken");
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
