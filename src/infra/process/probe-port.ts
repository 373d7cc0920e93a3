import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import type { PortOwner, PortProbe } from "./ports.ts";

/** Listens for a moment on the port, as Envoy will. */
export async function probePort(bind: string, port: number): Promise<PortProbe> {
  const code = await tryListen(bind, port);
  switch (code) {
    case undefined:
      return { free: true };
    case "EADDRINUSE": {
      const owner = await findPortOwner(port).catch(() => undefined);
      return { free: false, why: "in-use", ...(owner !== undefined && { owner }) };
    }
    case "EACCES":
    case "EPERM":
      return { free: false, why: "no-right" };
    case "EADDRNOTAVAIL":
      return { free: false, why: "no-address" };
    default:
      return { free: false, why: "failed", code };
  }
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "an unknown error"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Who listens on the port, where /proc tells (Linux, and a process whose descriptors we may read). */
async function findPortOwner(port: number): Promise<PortOwner | undefined> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || !(await holdsAny(pid, sockets))) continue;
    return { pid: Number(pid), name: (await readFile(`/proc/${pid}/comm`, "utf8")).trim() };
  }
  return undefined;
}

/** Inodes of the sockets in state LISTEN (0A) on the port. https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
export function listeningInodes(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap((fields) => (fields[1]?.endsWith(suffix) && fields[3] === "0A" ? (fields[9] ?? []) : []));
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  for (const descriptor of descriptors) {
    const link = await readlink(`${folder}/${descriptor}`).catch(() => "");
    if (sockets.has(link)) return true;
  }
  return false;
}
