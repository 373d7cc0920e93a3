/**
 * Kubernetes resources from files: keeps the store equal to what the files say, as an API server would admit it. Reads
 * files and directories, and the state folder; puts objects into the store; tells what happened in reports.
 *
 *   watcher: something changed --> scan --> Settling: what is due --> text --> Catalog --> Store, reports, saved state
 */
import { resolve } from "node:path";
import type { Cancel, Clock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import { storeKey } from "../../resources/references.ts";
import type { Change, Store } from "../store.ts";
import { Catalog, type Holding, type Look } from "./catalog.ts";
import { formatOf } from "./document.ts";
import { keepServerPods } from "./keep-server-pods.ts";
import { reportsOf } from "./outcome-reports.ts";
import { readText } from "./read-text.ts";
import type { Report } from "./report.ts";
import { loadSavedState, SavedState } from "./saved-state.ts";
import { isWithin, type Scan, scan, scanFiles } from "./scan.ts";
import { parseServer } from "./server-pods.ts";
import { type Due, Settling } from "./settling.ts";
import { watchRoots } from "./watch.ts";

export interface FileSourceOptions {
  /** Files and directories. */
  readonly paths: readonly string[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly onReport: (report: Report) => void;
  /** POOL=IP:PORT, each a model server that no file describes. */
  readonly servers: readonly string[];
  /** Where admitted objects outlive this thread; absent: nowhere. */
  readonly stateDir?: string;
  /** Of objects that name none. */
  readonly defaultNamespace?: string;
}

export interface FileSource {
  stop(): Promise<void>;
}

/** For what a watcher may miss: network file systems, exhausted inotify watches. */
const rescanMs = 5000;
/** A file that is written without pause must not keep all others from starting. */
const longestStartMs = 2000;
const sourceName = "files";

/** Resolves when the store has what the files say; throws where a path or a server is none. */
export async function startFileSource(options: FileSourceOptions): Promise<FileSource> {
  const roots = [...new Set(options.paths.map((path) => resolve(path)))];
  const first = await scan(roots);
  // Below a path what cannot be read is a warning, now as later: the rest is served.
  for (const { path, reason } of first.failed.filter((one) => roots.includes(one.path)))
    throw new Error(`Cannot read ${path}: ${reasonText(reason)}`);
  const defaultNamespace = options.defaultNamespace ?? "default";
  const servers = options.servers.map((server) => parseServer(server, defaultNamespace));
  options.store.announceSource(sourceName);
  const run = new Run(options, roots, new Catalog(defaultNamespace));
  if (options.stateDir !== undefined) run.restore(await loadSavedState(options.stateDir, options.log), first);
  const stopServers = keepServerPods({ store: options.store, servers, onReport: options.onReport });
  await run.start();
  return {
    async stop() {
      stopServers();
      await run.stop();
    },
  };
}

class Run {
  readonly #options: FileSourceOptions;
  readonly #roots: readonly string[];
  readonly #catalog: Catalog;
  readonly #settling = new Settling();
  readonly #saved: SavedState | undefined;
  readonly #startedMs: number;
  readonly #synced = Promise.withResolvers<void>();
  readonly #toldFailed = new Set<string>();
  #scannedMs = Number.NEGATIVE_INFINITY;
  #isSynced = false;
  #isStopped = false;
  #watcher: { stop(): Promise<void> } | undefined;
  #cancel: Cancel | undefined;
  #turn: Promise<void> | undefined;
  #isSignalled = false;
  /** Somebody may have changed something; else only what is unsettled is looked at again. */
  #wantsScan = true;

  constructor(options: FileSourceOptions, roots: readonly string[], catalog: Catalog) {
    this.#options = options;
    this.#roots = roots;
    this.#catalog = catalog;
    this.#startedMs = options.clock.monotonicMs();
    const { stateDir: directory, clock, log, store } = options;
    // The store's instances, since it counts generations.
    const holdings = (): Iterable<Holding> =>
      [...catalog.holdings].map(([key, holding]) => ({ ...holding, object: store.get(key) ?? holding.object }));
    this.#saved = directory === undefined ? undefined : new SavedState({ directory, clock, log, holdings });
  }

  /** Before the start; what comes from files that are gone is dropped. */
  restore(objects: Awaited<ReturnType<typeof loadSavedState>>, { files }: Scan): void {
    for (const [file, admitted] of objects) if (files.has(file)) this.#catalog.restore(file, admitted);
    const changes = [...this.#catalog.holdings.values()].map(
      ({ object }): Change => ({ type: "put", object, generation: "keep" }),
    );
    this.#options.store.apply(changes);
  }

  async start(): Promise<void> {
    this.#watcher = watchRoots({
      roots: this.#roots,
      onSignal: () => this.#signal(),
      onError: (error) =>
        this.#options.log.warn({ error: String(error) }, "Cannot watch files: they are read every 5 s"),
    });
    this.#signal();
    await this.#synced.promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#watcher?.stop();
    await this.#turn;
    await this.#saved?.stop();
  }

  #signal(): void {
    this.#wantsScan = true;
    this.#takeTurnSoon();
  }

  #takeTurnSoon(): void {
    this.#isSignalled = true;
    if (this.#isStopped || this.#turn !== undefined) return;
    this.#turn = this.#takeTurns().finally(() => {
      this.#turn = undefined;
      this.#wait();
    });
  }

  async #takeTurns(): Promise<void> {
    while (this.#isSignalled && !this.#isStopped) {
      this.#isSignalled = false;
      await this.#takeTurn();
    }
  }

  #wait(): void {
    this.#cancel?.();
    if (this.#isStopped) return;
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const rescanDueMs = this.#scannedMs + rescanMs;
    const dueMs = Math.min(this.#settling.nextDueMs() ?? rescanDueMs, rescanDueMs);
    this.#cancel = clock.after(Math.max(1, dueMs - nowMs), () => {
      if (clock.monotonicMs() >= rescanDueMs) this.#wantsScan = true;
      this.#takeTurnSoon();
    });
  }

  async #takeTurn(): Promise<void> {
    const { clock } = this.#options;
    const isFull = this.#wantsScan;
    this.#wantsScan = false;
    const { unsettled } = this.#settling;
    const found = await (isFull ? scan(this.#roots) : scanFiles(unsettled));
    if (isFull) {
      this.#scannedMs = clock.monotonicMs();
      this.#tellFailed(found);
    }
    const isUnknown = (path: string): boolean =>
      (!isFull && !unsettled.has(path)) ||
      found.failed.some((one) => (one.path === path ? one.reason !== "ENOENT" : isWithin(path, one.path)));
    const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    this.#settling.observe(now, found.files, isUnknown);
    const looks: Look[] = [];
    for (const due of this.#settling.due(now.monotonicMs)) looks.push(...(await this.#read(due)));
    for (const path of this.#settling.takeGone(now.monotonicMs)) looks.push(this.#catalog.forget(path));
    this.#apply(looks);
    this.#finishStart(now.monotonicMs);
  }

  async #read(due: Due): Promise<readonly Look[]> {
    const read = await readText(due.path, due.stamp);
    if ("changed" in read) {
      this.#wantsScan = true;
      this.#isSignalled = true;
      return [];
    }
    const look =
      "reason" in read
        ? rejected(due.path, read.reason)
        : this.#catalog.look(due.path, read.text, formatOf(due.path), due.trust);
    this.#settling.read(due, look.deferred);
    return [look];
  }

  #apply(fresh: readonly Look[]): void {
    const { store, onReport } = this.#options;
    const released = new Set(fresh.flatMap((look) => look.removals.map(({ key }) => key)));
    const looks = [...fresh, ...this.#catalog.lookAtContenders(released)];
    const taken = new Set(looks.flatMap((look) => look.puts.map(({ object }) => storeKey(object))));
    const outcomes = store.apply([
      ...looks.flatMap((look) => look.puts.map(putOf)),
      ...[...released].filter((key) => !taken.has(key)).map((key): Change => ({ type: "remove", key })),
    ]);
    for (const report of looks.flatMap((look) => look.reports)) onReport(report);
    for (const report of reportsOf(outcomes, looks)) onReport(report);
    if (outcomes.some(({ effect }) => effect !== "unchanged")) this.#saved?.changed();
  }

  #finishStart(nowMs: number): void {
    if (this.#isSynced || (this.#settling.unread > 0 && nowMs - this.#startedMs < longestStartMs)) return;
    this.#isSynced = true;
    this.#options.store.sourceSynced(sourceName);
    this.#synced.resolve();
  }

  #tellFailed({ failed }: Scan): void {
    for (const { path, reason } of failed) {
      if (this.#toldFailed.has(path)) continue;
      this.#options.onReport({
        level: "warning",
        file: path,
        line: 0,
        column: 0,
        reason: `cannot be read: ${reasonText(reason)}; what was admitted from it stays`,
      });
    }
    this.#toldFailed.clear();
    for (const { path } of failed) this.#toldFailed.add(path);
  }
}

function putOf({ object, location }: Holding): Change {
  return { type: "put", object, generation: "count", ...(location === undefined ? {} : { location }) };
}

function rejected(file: string, reason: string): Look {
  return {
    puts: [],
    removals: [],
    reports: [{ level: "rejected", file, line: 0, column: 0, reason }],
    deferred: false,
  };
}

function reasonText(code: string): string {
  if (code === "ENOENT") return "there is no such file or directory";
  return code === "EACCES" ? "permission denied" : code;
}
