import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../lib/message-of.ts";
import { answersOn } from "./unix-socket.ts";

export interface RuntimeDir {
  readonly path: string;
  /** A socket's path inside; it is checked against the system's limit. */
  socket(name: string): string;
  remove(): void;
}

export interface RuntimeDirOptions {
  /** XDG_RUNTIME_DIR; absent or unusable: the temporary folder. */
  readonly xdgRuntimeDir?: string | undefined;
  readonly temporary: string;
  readonly platform: string;
  readonly pid: number;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * A folder of this process alone for its sockets (mode 0700, a name of its own: two on one machine never meet).
 * Folders that killed processes of this user left behind are removed first.
 */
export async function createRuntimeDir(options: RuntimeDirOptions): Promise<RuntimeDir> {
  const failures: string[] = [];
  for (const base of [options.xdgRuntimeDir, options.temporary]) {
    if (base === undefined || base === "") continue;
    try {
      await sweep(base, options);
      return runtimeDir(mkdtempSync(join(base, `ante-${options.pid}-`)), options.platform);
    } catch (error) {
      failures.push(`"${base}" is not usable (${messageOf(error)})`);
    }
  }
  throw new Error(`Cannot create a folder for sockets: ${failures.join("; ")}; name a short, writable one with TMPDIR`);
}

function runtimeDir(path: string, platform: string): RuntimeDir {
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  try {
    checkSocketPath(join(path, longestName), platform);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    path,
    remove,
    socket(name) {
      const socket = join(path, name);
      checkSocketPath(socket, platform);
      return socket;
    },
  };
}

/** Room that a folder must leave for the names of sockets. */
const longestName = "envoy-999.sock";

/** The address of a Unix socket is a fixed array: 108 bytes on Linux, 104 on macOS, the final zero included. */
export function checkSocketPath(path: string, platform: string): void {
  const limit = platform === "darwin" ? 103 : 107;
  const length = Buffer.byteLength(path);
  if (length > limit) {
    throw new Error(`Cannot use the socket path "${path}": it has ${length} bytes, the system allows ${limit}`);
  }
}

/** A process in another container may share the folder and yet be invisible: a socket that answers is left alone. */
async function sweep(base: string, { isAlive }: RuntimeDirOptions): Promise<void> {
  for (const name of readdirSync(base)) {
    const pid = /^ante-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(base, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat?.isDirectory() || stat.uid !== process.getuid?.()) continue;
    const sockets = await Promise.all(readdirSync(path).map((file) => answersOn(join(path, file))));
    if (!sockets.includes(true)) rmSync(path, { recursive: true, force: true });
  }
}
