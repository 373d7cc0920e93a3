import { tmpdir } from "node:os";
import { isProcessAlive } from "../infra/process/process-alive.ts";
import { createRuntimeDir, type RuntimeDir } from "../infra/process/runtime-dir.ts";
import { mendable } from "./mendable.ts";

/** The folder of this process's sockets. */
export function openRuntimeDir(): Promise<RuntimeDir> {
  return mendable(
    createRuntimeDir({
      xdgRuntimeDir: process.env["XDG_RUNTIME_DIR"],
      temporary: tmpdir(),
      platform: process.platform,
      pid: process.pid,
      isAlive: isProcessAlive,
    }),
  );
}
