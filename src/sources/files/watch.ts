import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { watch } from "chokidar";

export interface WatchOptions {
  readonly roots: readonly string[];
  /** Something below a root may have changed; what, a scan finds out. */
  readonly onSignal: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Signals are all that is taken from the watcher, so that renames, replaced links and lost events need no cases. Of a
 * single file its directory is watched: the file may be replaced by another one.
 */
export function watchRoots({ roots, onSignal, onError }: WatchOptions): { stop(): Promise<void> } {
  const directories = roots.filter((root) => statSync(root).isDirectory());
  const parents = roots.filter((root) => !directories.includes(root)).map(dirname);
  const ignored = (path: string): boolean => basename(path) === "node_modules" || basename(path) === ".git";
  const watchers = [
    ...(directories.length > 0 ? [watch(directories, { ignoreInitial: true, ignored })] : []),
    ...(parents.length > 0 ? [watch([...new Set(parents)], { ignoreInitial: true, ignored, depth: 0 })] : []),
  ];
  for (const watcher of watchers)
    watcher.on("all", onSignal).on("raw", onSignal).on("ready", onSignal).on("error", onError);
  return {
    async stop() {
      await Promise.all(watchers.map((watcher) => watcher.close()));
    },
  };
}
