import { unlinkSync } from "node:fs";
import { connect } from "node:net";

/** A socket file that a killed process left behind is in the way; one that somebody listens on stays. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (await isStale(path)) unlinkSync(path);
}

function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
