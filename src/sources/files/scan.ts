/** Which files there are, and how they look from outside. */
import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** Two equal stamps: nobody wrote in between. */
export interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

export interface Scan {
  readonly files: ReadonlyMap<string, Stamp>;
  /** Paths that could not be listed: what is below them is unknown, not gone. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

/** Files are taken whatever their name; of directories what is named like YAML or JSON, at any depth, nothing hidden. */
export async function scan(roots: readonly string[]): Promise<Scan> {
  const files = new Map<string, Stamp>();
  const failed: { path: string; reason: string }[] = [];
  const seen = new Set<string>();
  const visit = async (path: string, wanted: (name: string) => boolean, look: Promise<Look>): Promise<void> => {
    const found = await look;
    if ("code" in found) {
      // A file that goes between listing and looking is simply gone.
      if (found.code !== "ENOENT") failed.push({ path, reason: found.code });
    } else if (found.isDirectory()) await visitDirectory(path);
    else if (found.isFile() && wanted(path)) files.set(path, stampOf(found));
  };
  const visitDirectory = async (path: string): Promise<void> => {
    try {
      // Links may lead in circles.
      const real = await realpath(path);
      if (seen.has(real)) return;
      seen.add(real);
      const entries = await readdir(path, { withFileTypes: true });
      const inside = entries
        .filter(isWorthALook)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((entry) => ({ path: join(path, entry.name), look: lookAt(join(path, entry.name)) }));
      for (const one of inside) await visit(one.path, isNamedAsManifest, one.look);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") failed.push({ path, reason: codeOf(error) });
    }
  };
  for (const root of roots) {
    await visit(root, () => true, lookAt(root));
    const exists = [...files.keys()].some((file) => isWithin(file, root)) || (await isThere(root));
    if (!exists) failed.push({ path: root, reason: "ENOENT" });
  }
  return { files, failed };
}

/** Only these files, as a scan would have found them. */
export async function scanFiles(paths: Iterable<string>): Promise<Scan> {
  const files = new Map<string, Stamp>();
  const failed: { path: string; reason: string }[] = [];
  const looks = [...paths].map((path) => ({ path, look: lookAt(path) }));
  for (const { path, look } of looks) {
    const found = await look;
    if ("code" in found) {
      if (found.code !== "ENOENT") failed.push({ path, reason: found.code });
    } else if (found.isFile()) files.set(path, stampOf(found));
  }
  return { files, failed };
}

type Look = Stats | { readonly code: string };

function lookAt(path: string): Promise<Look> {
  return stat(path).catch((error: unknown) => ({ code: codeOf(error) }));
}

function stampOf({ size, mtimeMs, ino }: Stats): Stamp {
  return { size, mtimeMs, inode: ino };
}

export function isWithin(file: string, path: string): boolean {
  return file === path || file.startsWith(path.endsWith("/") ? path : `${path}/`);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Hidden entries are editors' and, in a mounted ConfigMap, the same files a second time. */
function isWorthALook(entry: Dirent): boolean {
  return !entry.name.startsWith(".") && entry.name !== "node_modules";
}

function isNamedAsManifest(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
