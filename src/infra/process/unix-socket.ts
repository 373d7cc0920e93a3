import { rm } from "node:fs/promises";
import { connect } from "node:net";

/**
 * Makes a socket's path free to listen on: a file that a killed process left behind is removed, one that somebody
 * answers on is an error.
 */
export async function freeSocketPath(path: string): Promise<void> {
  const state = await askSocket(path);
  if (state === "answers") throw new Error(`Cannot listen on "${path}": another process listens there`);
  if (state === "stale") await rm(path, { force: true });
}

export async function answersOn(path: string): Promise<boolean> {
  return (await askSocket(path)) === "answers";
}

function askSocket(path: string): Promise<"answers" | "stale" | "absent"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("answers");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ENOENT" ? "absent" : "stale"));
  });
}
