import { systemClock } from "../../lib/clock.ts";
import { adminReader } from "./admin-reader.ts";
import { styleFor } from "./paint.ts";
import { bottomScreen } from "./screen.ts";
import { startView } from "./view.ts";

/** Lines beside those of the servers. */
const otherLines = 12;
const mostServers = 20;

/** The live view at the bottom of the terminal, with the log scrolling above it; nothing where there is no terminal. */
export function viewUnderLog(admin: string, servers: number): () => void {
  const { stdout, stderr } = process;
  if (!stdout.isTTY || !stderr.isTTY || process.env["TERM"] === "dumb") return () => {};
  const screen = bottomScreen(stdout, () => otherLines + Math.min(servers, mostServers));
  const style = styleFor(process.env, true);
  const view = startView({ clock: systemClock, admin, read: adminReader(admin), screen, style });
  const stop = (): void => {
    process.off("exit", stop);
    view.stop();
  };
  process.once("exit", stop);
  return stop;
}
