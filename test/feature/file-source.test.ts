import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { type FileSource, startFileSource } from "../../src/sources/files/file-source.ts";
import { formatReport, type Report } from "../../src/sources/files/report.ts";
import { Store } from "../../src/sources/store.ts";

const route = (name: string, weight: number): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
spec:
  rules:
    - backendRefs:
        - name: s
          port: 80
          weight: ${weight}
`;

/** What a directory on disk comes to. */
class Watched {
  readonly store = new Store();
  readonly reports: Report[] = [];
  readonly #waiting = new Set<() => void>();
  source: FileSource | undefined;

  constructor() {
    this.store.configuration.subscribe(() => this.#wake());
  }

  async start(paths: readonly string[], stateDir?: string): Promise<void> {
    this.source = await startFileSource({
      paths,
      store: this.store,
      clock: systemClock,
      log: silentLog,
      onReport: (report) => {
        this.reports.push(report);
        this.#wake();
      },
      servers: [],
      ...(stateDir === undefined ? {} : { stateDir }),
    });
  }

  /** "name=weight" of each route, sorted. */
  get routes(): readonly string[] {
    return [...this.store.configuration.get().httpRoutes.values()]
      .map(({ metadata, spec }) => `${metadata.name}=${spec.rules[0]?.backendRefs?.[0]?.weight}`)
      .sort();
  }

  /** Milliseconds until the condition held; fails after `withinMs`. */
  async until(what: string, holds: () => boolean, withinMs = 5000): Promise<number> {
    const startMs = performance.now();
    const timeout = AbortSignal.timeout(withinMs);
    while (!holds()) {
      const woken = Promise.withResolvers<void>();
      const fail = (): void =>
        woken.reject(new Error(`Cannot see ${what}: after ${withinMs} ms routes are ${this.routes}`));
      this.#waiting.add(woken.resolve);
      timeout.addEventListener("abort", fail);
      await woken.promise;
      timeout.removeEventListener("abort", fail);
    }
    return performance.now() - startMs;
  }

  untilRoutes(...routes: readonly string[]): Promise<number> {
    return this.until(`routes ${routes}`, () => this.routes.join() === routes.join());
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const quietFor = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

suite("files on disk", () => {
  let directory = "";
  let watched = new Watched();
  const at = (name: string): string => join(directory, name);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "ante-files-"));
    watched = new Watched();
  });
  afterEach(async () => {
    await watched.source?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test("are all there once the source has started", async () => {
    await mkdir(at("deep/er"), { recursive: true });
    await writeFile(at("a.yaml"), route("a", 1));
    await writeFile(at("deep/er/b.yml"), route("b", 1));
    await writeFile(at(".hidden.yaml"), route("hidden", 1));
    await writeFile(at("notes.txt"), "no YAML at all: [");
    await watched.start([directory]);
    assert.equal(watched.store.synced.get(), true);
    assert.deepEqual(watched.routes, ["a=1", "b=1"]);
  });

  test("that change or come are applied soon, and those alone", async () => {
    await writeFile(at("a.yaml"), route("a", 1) + route("b", 1));
    await watched.start([directory]);
    const unchanged = watched.store.configuration.get().httpRoutes.get("default/b");
    await writeFile(at("a.yaml"), route("a", 2) + route("b", 1));
    const changeMs = await watched.untilRoutes("a=2", "b=1");
    await writeFile(at("c.yaml"), route("c", 1));
    const additionMs = await watched.untilRoutes("a=2", "b=1", "c=1");
    assert.equal(watched.store.configuration.get().httpRoutes.get("default/b"), unchanged);
    // 100 ms on an idle machine.
    assert.ok(changeMs < 1000 && additionMs < 1000, `${changeMs} ms, ${additionMs} ms`);
    assert.deepEqual(
      watched.reports.slice(2).map(({ level, reason }) => `${level} ${reason}`),
      ["changed generation 2", "applied generation 1"],
    );
  });

  test("that lose an object lose it after a second", async () => {
    await writeFile(at("a.yaml"), route("a", 1) + route("b", 1));
    await watched.start([directory]);
    await writeFile(at("a.yaml"), route("a", 1));
    const tookMs = await watched.untilRoutes("a=1");
    assert.ok(tookMs >= 900, `${tookMs} ms`);
  });

  test("that are unlinked take their objects along soon", async () => {
    await writeFile(at("a.yaml"), route("a", 1));
    await writeFile(at("b.yaml"), route("b", 1));
    await watched.start([directory]);
    await unlink(at("b.yaml"));
    const tookMs = await watched.untilRoutes("a=1");
    assert.ok(tookMs < 1000, `${tookMs} ms`);
  });

  test("that an editor replaces are never gone in between", async () => {
    await writeFile(at("a.yaml"), route("a", 1));
    await watched.start([directory]);
    const seen = new Set<string>();
    watched.store.configuration.subscribe(() => seen.add(watched.routes.join()));
    await rename(at("a.yaml"), at("a.yaml~"));
    await writeFile(at("a.yaml"), route("a", 2));
    await watched.untilRoutes("a=2");
    assert.deepEqual([...seen], ["a=2"]);
  });

  test("that are renamed over are applied, also where the path is a file's", async () => {
    await writeFile(at("a.yaml"), route("a", 1));
    await watched.start([at("a.yaml")]);
    await writeFile(at("next"), route("a", 2));
    await rename(at("next"), at("a.yaml"));
    await watched.untilRoutes("a=2");
    await rm(at("a.yaml"));
    await watched.untilRoutes();
  });

  test("of a mounted ConfigMap are followed when its link is swapped", async () => {
    const version = async (name: string, weight: number): Promise<void> => {
      await mkdir(at(name));
      await writeFile(at(`${name}/a.yaml`), route("a", weight));
      await symlink(name, at("..data_tmp"));
      await rename(at("..data_tmp"), at("..data"));
    };
    await version("..1", 1);
    await symlink("..data/a.yaml", at("a.yaml"));
    await watched.start([directory]);
    assert.deepEqual(watched.routes, ["a=1"]);
    await version("..2", 2);
    await watched.untilRoutes("a=2");
  });

  test("that are written slowly are never half applied", async () => {
    const before = route("a", 100) + route("b", 100);
    const after = route("a", 100) + route("b", 200);
    await writeFile(at("a.yaml"), before);
    await watched.start([directory]);
    const seen = new Set<string>();
    watched.store.configuration.subscribe(() => seen.add(watched.routes.join()));
    const cut = after.length - "00\n".length;
    await writeFile(at("a.yaml"), after.slice(0, cut));
    // Longer than what counts as quiet for changes, shorter than for removals.
    await quietFor(300);
    await appendFile(at("a.yaml"), after.slice(cut));
    await watched.untilRoutes("a=100", "b=200");
    assert.deepEqual([...seen], ["a=100,b=200"]);
  });

  test("that are broken keep what was admitted, and say where", async () => {
    await writeFile(at("a.yaml"), route("a", 1) + route("b", 1));
    await watched.start([directory]);
    await writeFile(at("a.yaml"), `${route("a", 2)}---\nkind: [\n`);
    await watched.untilRoutes("a=2", "b=1");
    const rejected = watched.reports.filter(({ level }) => level === "rejected").map(formatReport);
    assert.match(rejected.join("\n"), /a\.yaml:14:1: rejected: Flow sequence/);
  });

  test("that are broken at a start begin from what the last run admitted, those gone do not", async () => {
    const state = at(".state");
    await writeFile(at("a.yaml"), route("a", 1));
    await writeFile(at("b.yaml"), route("b", 1));
    await watched.start([directory], state);
    await writeFile(at("a.yaml"), route("a", 2));
    await watched.untilRoutes("a=2", "b=1");
    await watched.source?.stop();
    await writeFile(at("a.yaml"), "kind: [\n");
    await rm(at("b.yaml"));
    watched = new Watched();
    await watched.start([directory], state);
    assert.deepEqual(watched.routes, ["a=2"]);
    const again = watched.store.configuration.get().httpRoutes.get("default/a");
    assert.equal(again?.metadata.generation, 2);
    await writeFile(at("a.yaml"), route("a", 3));
    await watched.untilRoutes("a=3");
    assert.equal(watched.store.configuration.get().httpRoutes.get("default/a")?.metadata.generation, 3);
  });

  test("whose kept state is damaged are read as on a first start", async () => {
    await mkdir(at(".state"));
    await writeFile(at(".state/admitted.json"), '{"version":1,"files":{"x":[{"kind":');
    await writeFile(at("a.yaml"), route("a", 1));
    await watched.start([directory], at(".state"));
    assert.deepEqual(watched.routes, ["a=1"]);
    await watched.source?.stop();
    assert.match(await readFile(at(".state/admitted.json"), "utf8"), /"name":"a"/);
  });

  test("keep their objects while their directory is away", async () => {
    await mkdir(at("d"));
    await writeFile(at("d/a.yaml"), route("a", 1));
    await watched.start([at("d")]);
    await rename(at("d"), at("elsewhere"));
    await watched.until("a warning", () => watched.reports.some(({ level }) => level === "warning"), 8000);
    assert.deepEqual(watched.routes, ["a=1"]);
  });

  test("that are no text are reported, and the others are read", async () => {
    await writeFile(at("a.yaml"), route("a", 1));
    await writeFile(at("b.yaml"), new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]));
    await watched.start([directory]);
    assert.deepEqual(watched.routes, ["a=1"]);
    const [rejected] = watched.reports.filter(({ level }) => level === "rejected").map(formatReport);
    assert.equal(rejected, `${at("b.yaml")}: rejected: the file is no UTF-8 text`);
  });

  test("that do not exist are refused with their path", async () => {
    await assert.rejects(watched.start([at("none")]), {
      message: `Cannot read ${at("none")}: there is no such file or directory`,
    });
  });
});
