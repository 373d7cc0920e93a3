/** Files read once, for a look at what they mean: no watching, no state of an earlier run. */
import { resolve } from "node:path";
import type { Change, Store } from "../store.ts";
import { Catalog, type Look } from "./catalog.ts";
import { formatOf } from "./document.ts";
import { readText } from "./read-text.ts";
import type { Report } from "./report.ts";
import { scan } from "./scan.ts";

export interface ReadOnceOptions {
  readonly paths: readonly string[];
  readonly store: Store;
  /** Further texts, by the name that messages call them by. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** What was refused, and warnings, in the order of the files' names. Throws where a path cannot be read. */
export async function readFilesOnce({ paths, store, texts = {} }: ReadOnceOptions): Promise<readonly Report[]> {
  const { files, failed } = await scan([...new Set(paths.map((path) => resolve(path)))]);
  for (const { path, reason } of failed) throw new Error(`Cannot read ${path}: ${reason}`);
  const catalog = new Catalog("default");
  const looks: Look[] = [];
  for (const [path, stamp] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const read = await readText(path, stamp);
    if ("text" in read) looks.push(catalog.look(path, read.text, formatOf(path), "all"));
    else throw new Error(`Cannot read ${path}: ${"reason" in read ? read.reason : "it changed while it was read"}`);
  }
  for (const [name, text] of Object.entries(texts)) looks.push(catalog.look(name, text, "yaml", "all"));
  const put = ({ object, location }: Look["puts"][number]): Change => ({
    type: "put",
    object,
    generation: "count",
    ...(location !== undefined && { location }),
  });
  store.apply(looks.flatMap((look) => look.puts.map(put)));
  return looks.flatMap((look) => look.reports);
}
