/** Which files there are, and how they look from outside. */
import type { Dirent } from "node:fs";
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
  const visit = async (path: string, wanted: (name: string) => boolean): Promise<void> => {
    try {
      const found = await stat(path);
      if (found.isDirectory()) await visitDirectory(path);
      else if (found.isFile() && wanted(path))
        files.set(path, { size: found.size, mtimeMs: found.mtimeMs, inode: found.ino });
    } catch (error) {
      // A file that goes between listing and looking is simply gone.
      if (codeOf(error) !== "ENOENT") failed.push({ path, reason: codeOf(error) });
    }
  };
  const visitDirectory = async (path: string): Promise<void> => {
    // Links may lead in circles.
    const real = await realpath(path);
    if (seen.has(real)) return;
    seen.add(real);
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.filter(isWorthALook).sort((a, b) => (a.name < b.name ? -1 : 1)))
      await visit(join(path, entry.name), isNamedAsManifest);
  };
  for (const root of roots) {
    await visit(root, () => true);
    const exists = [...files.keys()].some((file) => isWithin(file, root)) || (await isThere(root));
    if (!exists) failed.push({ path: root, reason: "ENOENT" });
  }
  return { files, failed };
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
