/**
 * Which file holds which object, and what of a file's newest text is admitted. It is told texts and how far to trust
 * them, and answers with changes for the store and reports for the user. Pure but for its own state: no clock, no I/O.
 *
 *   text of a file, trust --> Catalog --> changes, reports, whether to come again
 */
import { admit, type Resource } from "../../resources/admit.ts";
import { type FieldPath, formatFieldPath } from "../../resources/field-path.ts";
import { refOf } from "../../resources/references.ts";
import type { Finding } from "../../resources/structural.ts";
import type { Location, Position } from "../location.ts";
import { type Candidate, positionOf, startOf } from "./candidates.ts";
import { type Contents, readContents } from "./contents.ts";
import { mayBeCut } from "./cut.ts";
import { type Format, positionIn } from "./document.ts";
import { Holdings } from "./holdings.ts";
import type { Report } from "./report.ts";

/** "changes": the file was quiet for a moment, it may be half written. "all": quiet for long, or written at once. */
export type Trust = "changes" | "all";

/** An object that a file holds. */
export interface Holding {
  readonly file: string;
  readonly object: Resource;
  /** As it was written; absent for what comes from an earlier run. */
  readonly candidate?: Candidate;
  readonly location?: Location;
}

/** What one look at a file came to. */
export interface Look {
  readonly puts: readonly Holding[];
  /** Keys of objects that no file holds any more. */
  readonly removals: readonly { readonly key: string; readonly holding: Holding }[];
  readonly reports: readonly Report[];
  /** Something waits for more trust. */
  readonly deferred: boolean;
}

interface KnownFile {
  readonly contents: Contents | undefined;
  /** Problems already told, so that an edit elsewhere in the file does not tell them again. */
  readonly told: ReadonlySet<string>;
}

export class Catalog {
  readonly #defaultNamespace: string;
  readonly #holdings = new Holdings();
  readonly #files = new Map<string, KnownFile>();

  constructor(defaultNamespace: string) {
    this.#defaultNamespace = defaultNamespace;
  }

  get holdings(): ReadonlyMap<string, Holding> {
    return this.#holdings.all;
  }

  /** What an earlier run had admitted from a file that is still there. */
  restore(file: string, objects: readonly Resource[]): void {
    for (const object of objects) this.#holdings.set({ file, object });
    if (!this.#files.has(file)) this.#files.set(file, { contents: undefined, told: new Set() });
  }

  look(file: string, text: string, format: Format, trust: Trust): Look {
    const memo = this.#files.get(file)?.contents?.memo;
    return this.#lookAt(file, readContents(text, format, this.#defaultNamespace, memo), trust);
  }

  /** Files that wrote an object which another file held: with that released, theirs counts. */
  lookAtContenders(released: ReadonlySet<string>): readonly Look[] {
    if (released.size === 0) return [];
    return [...this.#files].flatMap(([file, { contents }]) =>
      contents?.candidates.some(({ key }) => released.has(key)) === true
        ? [this.#lookAt(file, contents, "changes")]
        : [],
    );
  }

  #lookAt(file: string, contents: Contents, trust: Trust): Look {
    const told = this.#files.get(file)?.told ?? new Set<string>();
    const look = new FileLook({
      file,
      contents,
      trust,
      defaultNamespace: this.#defaultNamespace,
      holdings: this.#holdings,
      stillWritten: (key, elsewhere) => this.#isWrittenIn(key, elsewhere),
    }).run();
    for (const holding of look.puts) this.#holdings.set(holding);
    for (const { key } of look.removals) this.#holdings.delete(key);
    this.#files.set(file, { contents, told: new Set(look.reports.map(identity)) });
    return { ...look, reports: look.reports.filter((report) => !told.has(identity(report))) };
  }

  /** The file is gone, and with it what no other file took over. */
  forget(file: string): Look {
    this.#files.delete(file);
    const removals = this.#holdings.keysOf(file).flatMap((key) => removalOf(key, this.#holdings));
    for (const { key } of removals) this.#holdings.delete(key);
    return { puts: [], removals, reports: [], deferred: false };
  }

  #isWrittenIn(key: string, file: string): boolean {
    const contents = this.#files.get(file)?.contents;
    return contents === undefined
      ? this.#files.has(file)
      : contents.hidesObjects || contents.candidates.some((candidate) => candidate.key === key);
  }
}

/** Line and column move with every edit above. */
function identity({ level, object, fieldPath, reason, file, line }: Report): string {
  const subject = object === undefined ? line : `${object.kind}/${object.namespace}/${object.name}`;
  return JSON.stringify([level, file, subject, fieldPath, reason]);
}

interface LookOptions {
  readonly file: string;
  readonly contents: Contents;
  readonly trust: Trust;
  readonly defaultNamespace: string;
  readonly holdings: Holdings;
  readonly stillWritten: (key: string, file: string) => boolean;
}

class FileLook {
  readonly #options: LookOptions;
  readonly #puts: Holding[] = [];
  readonly #reports: Report[] = [];
  readonly #seen = new Map<string, Candidate>();
  #deferred = false;

  constructor(options: LookOptions) {
    this.#options = options;
  }

  run(): Look {
    const { contents } = this.#options;
    for (const one of contents.unreadable)
      if (!this.#mayWait(one))
        this.#report({ level: "rejected", line: one.line, column: one.column, reason: one.reason });
    for (const problem of contents.problems) {
      if (this.#mayWait(problem)) continue;
      const { level, document, path, reason, hint } = problem;
      const fieldPath = formatFieldPath(path);
      this.#report({ level, ...positionIn(document, path, "value"), fieldPath, reason, ...withHint(hint) });
    }
    for (const candidate of contents.candidates) this.#consider(candidate);
    const removals = this.#removals();
    return { puts: this.#puts, removals, reports: this.#reports, deferred: this.#deferred };
  }

  #consider(candidate: Candidate): void {
    const first = this.#seen.get(candidate.key);
    if (first !== undefined) {
      const { line } = startOf(first);
      this.#reject(candidate, [{ path: [], reason: `the same object is also in line ${line}, which counts` }]);
      return;
    }
    this.#seen.set(candidate.key, candidate);
    const holding = this.#options.holdings.get(candidate.key);
    if (holding !== undefined && this.#belongsElsewhere(candidate, holding)) return;
    const isSame = holding?.file === this.#options.file && holding.candidate?.raw === candidate.raw;
    if (!isSame) this.#admit(candidate, holding);
    else if (holding.candidate !== candidate) this.#puts.push(this.#hold(candidate, holding.object));
  }

  #belongsElsewhere(candidate: Candidate, { file, location }: Holding): boolean {
    if (file === this.#options.file || !this.#options.stillWritten(candidate.key, file)) return false;
    const { line } = location?.start ?? { line: 0 };
    const place = line === 0 ? file : `${file}:${line}`;
    this.#reject(candidate, [{ path: [], reason: `the same object is also in ${place}, which counts` }]);
    return true;
  }

  #admit(candidate: Candidate, holding: Holding | undefined): void {
    const looksCut = (): boolean =>
      (holding !== undefined && mayBeCut(holding.candidate?.raw ?? holding.object, candidate.raw)) ||
      this.#missing().length > 0;
    if (this.#mayWait(candidate, looksCut)) return;
    const { defaultNamespace } = this.#options;
    const previous = holding === undefined ? {} : { previous: holding.object };
    const admission = admit(candidate.kind, candidate.raw, { defaultNamespace, ...previous });
    this.#warn(candidate, [...admission.warnings, ...(candidate.kind.isForClusters === true ? [onlyInClusters] : [])]);
    if ("errors" in admission) this.#reject(candidate, admission.errors);
    else this.#puts.push(this.#hold(candidate, admission.object));
  }

  #hold(candidate: Candidate, object: Resource): Holding {
    const { file } = this.#options;
    const position = (path: FieldPath): Position => positionOf(candidate, path);
    return { file, object, candidate, location: { file, start: startOf(candidate), position } };
  }

  /**
   * Whether the end of the file is left alone for the time being. What is new at the end of a file, cut between two
   * lines, cannot be told from what is whole.
   */
  #mayWait(thing: Contents["last"], looksCut: () => boolean = () => false): boolean {
    const { contents, trust } = this.#options;
    if (trust === "all" || thing !== contents.last) return false;
    const waits = contents.lastIsOpen || looksCut();
    this.#deferred ||= waits;
    return waits;
  }

  /** Objects of the file that its text does not have. */
  #missing(): readonly string[] {
    const { file, holdings, contents } = this.#options;
    const written = new Set(contents.candidates.map(({ key }) => key));
    return holdings.keysOf(file).filter((key) => !written.has(key));
  }

  #removals(): Look["removals"] {
    const { holdings, contents, trust } = this.#options;
    if (contents.hidesObjects) return [];
    const missing = this.#missing();
    if (missing.length > 0 && trust === "changes") this.#deferred = true;
    if (trust === "changes") return [];
    return missing.flatMap((key) => removalOf(key, holdings));
  }

  #reject(candidate: Candidate, findings: readonly Finding[]): void {
    for (const finding of findings) this.#tell("rejected", candidate, finding, "value");
  }

  #warn(candidate: Candidate, findings: readonly Finding[]): void {
    for (const finding of findings) this.#tell("warning", candidate, finding, "key");
  }

  #tell(level: "rejected" | "warning", candidate: Candidate, finding: Finding, at: "key" | "value"): void {
    const { path, reason, hint } = finding;
    const fieldPath = formatFieldPath(path);
    const position = positionOf(candidate, path, at);
    this.#report({ level, object: candidateRef(candidate), ...position, fieldPath, reason, ...withHint(hint) });
  }

  #report(report: Omit<Report, "file">): void {
    this.#reports.push({ file: this.#options.file, ...report });
  }
}

const onlyInClusters: Finding = { path: [], reason: "it has an effect on Kubernetes only" };

function candidateRef({ kind, namespace, name }: Candidate): NonNullable<Report["object"]> {
  return refOf({ apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata: { name, namespace } });
}

function removalOf(key: string, holdings: Holdings): Look["removals"] {
  const holding = holdings.get(key);
  return holding === undefined ? [] : [{ key, holding }];
}

function withHint(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}
