/**
 * What was admitted last, kept in the state folder, so that a start beside a broken file begins where the last run
 * ended. Owns one file there. Confidential objects (Secrets) are left out: they are read anew, and until their file is
 * readable again what needs them says so.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { Coalesce } from "../../lib/coalesce.ts";
import { memoOn } from "../../lib/memo.ts";
import type { Log } from "../../observe/log.ts";
import { admit, type Resource } from "../../resources/admit.ts";
import { findKind } from "../../resources/kind-table.ts";
import { isRecord } from "../../resources/structural.ts";
import type { Holding } from "./catalog.ts";

export type ObjectsByFile = ReadonlyMap<string, readonly Resource[]>;

const fileName = "admitted.json";

export interface SavedStateOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly holdings: () => Iterable<Holding>;
}

export class SavedState {
  readonly #options: SavedStateOptions;
  readonly #coalesce: Coalesce;
  #writing: Promise<void> = Promise.resolve();
  #isDirty = false;

  constructor(options: SavedStateOptions) {
    this.#options = options;
    const run = (): void => void this.#write();
    this.#coalesce = new Coalesce({ clock: options.clock, holdOffMs: 50, maxHoldOffMs: 500, run });
  }

  /** Something was admitted or removed. */
  changed(): void {
    this.#isDirty = true;
    this.#coalesce.signal();
  }

  /** Resolves when the last change is on disk. */
  async stop(): Promise<void> {
    this.#coalesce.stop();
    if (this.#isDirty) await this.#write();
    await this.#writing;
  }

  #write(): Promise<void> {
    this.#isDirty = false;
    this.#writing = this.#writing.then(async () => {
      const { directory, holdings, log } = this.#options;
      try {
        await mkdir(directory, { recursive: true });
        const path = join(directory, fileName);
        await writeFile(`${path}.new`, encode(holdings()), { mode: 0o600 });
        await rename(`${path}.new`, path);
      } catch (error) {
        log.warn({ directory, error: String(error) }, "Cannot keep admitted objects: the next start reads files only");
      }
    });
    return this.#writing;
  }
}

/** Empty where there is no earlier run, or where its file cannot be read. What this version would not admit is left out. */
export async function loadSavedState(directory: string, log: Log): Promise<ObjectsByFile> {
  try {
    return decode(await readFile(join(directory, fileName), "utf8"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT"))
      log.warn({ directory, error: String(error) }, "Cannot read what an earlier run admitted: it is left out");
    return new Map();
  }
}

function encode(holdings: Iterable<Holding>): string {
  const files = new Map<string, string[]>();
  for (const { file, object } of holdings) {
    const text = textOf(object);
    if (text === undefined) continue;
    const known = files.get(file);
    if (known === undefined) files.set(file, [text]);
    else known.push(text);
  }
  const entries = [...files].map(([file, texts]) => `${JSON.stringify(file)}:[${texts.join(",")}]`);
  return `{"version":1,"files":{${entries.join(",")}}}`;
}

/** Of thousands of objects few change at a time. Undefined: it is not kept. */
const textOf = memoOn((object: Resource): string | undefined =>
  findKind(object.apiVersion, object.kind)?.isConfidential === true ? undefined : JSON.stringify(object),
);

function decode(text: string): ObjectsByFile {
  const saved: unknown = JSON.parse(text);
  const files = isRecord(saved) && saved["version"] === 1 && isRecord(saved["files"]) ? saved["files"] : {};
  return new Map(
    Object.entries(files).map(([file, objects]) => [file, Array.isArray(objects) ? objects.flatMap(admitAgain) : []]),
  );
}

function admitAgain(raw: unknown): readonly Resource[] {
  if (!isRecord(raw)) return [];
  const kind = findKind(String(raw["apiVersion"]), String(raw["kind"]));
  if (kind === undefined) return [];
  const admission = admit(kind, raw, { defaultNamespace: "default" });
  return "object" in admission ? [admission.object] : [];
}
