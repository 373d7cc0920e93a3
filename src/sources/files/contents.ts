/** What one text of a file says, whole: its objects in order, and what is no object. Pure. */
import { type Candidate, candidatesOf, type Found, type NoCandidate } from "./candidates.ts";
import { type Format, type ReadDocument, readDocument, type UnreadableDocument } from "./document.ts";
import { type Piece, splitDocuments } from "./split.ts";

export interface Contents {
  readonly candidates: readonly Candidate[];
  readonly problems: readonly NoCandidate[];
  readonly unreadable: readonly UnreadableDocument[];
  /** Some object of the file cannot be told, so that none can be said to be missing. */
  readonly hidesObjects: boolean;
  /** The last object's text may go on: a file that is whole ends with a line break. */
  readonly lastIsOpen: boolean;
  /** The last thing in the file, which is what a half-written file cuts. */
  readonly last: Candidate | NoCandidate | UnreadableDocument | undefined;
  /** To read the next text of the file with less work. */
  readonly memo: ReadonlyMap<string, ReadPiece>;
}

export interface ReadPiece {
  readonly firstLine: number;
  readonly document: ReadDocument | undefined;
  readonly found: readonly Found[];
}

const none: ReadonlyMap<string, ReadPiece> = new Map();

/** What reads as it did is not parsed again; its candidates keep their `raw`. */
export function readContents(
  text: string,
  format: Format,
  defaultNamespace: string,
  memo: ReadonlyMap<string, ReadPiece> = none,
): Contents {
  const whole = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const pieces: readonly Piece[] = format === "json" ? [{ text: whole, firstLine: 1 }] : splitDocuments(whole);
  const read = pieces.map((piece) => {
    const known = memo.get(piece.text);
    return known === undefined ? readPiece(piece, format, defaultNamespace) : moveTo(known, piece.firstLine);
  });
  const found = read.flatMap((piece) => piece.found);
  const unreadable = read.flatMap(({ document }) => (document !== undefined && "reason" in document ? [document] : []));
  const problems = found.flatMap((one) => ("problem" in one ? [one.problem] : []));
  const lastPiece = read.at(-1);
  const lastFound = lastPiece?.found.at(-1);
  return {
    candidates: found.flatMap((one) => ("candidate" in one ? [one.candidate] : [])),
    problems,
    unreadable,
    hidesObjects: unreadable.length > 0 || problems.some((problem) => problem.hidesAnObject),
    // JSON that is cut does not parse.
    lastIsOpen: format === "yaml" && !whole.endsWith("\n"),
    last:
      lastFound === undefined ? unreadable.at(-1) : "candidate" in lastFound ? lastFound.candidate : lastFound.problem,
    memo: new Map(pieces.map((piece, index) => [piece.text, read[index] as ReadPiece])),
  };
}

function readPiece({ text, firstLine }: Piece, format: Format, defaultNamespace: string): ReadPiece {
  const document = readDocument(text, firstLine, format);
  const found = document === undefined || "reason" in document ? [] : candidatesOf(document, defaultNamespace);
  return { firstLine, document, found };
}

function moveTo(piece: ReadPiece, firstLine: number): ReadPiece {
  const { document, found } = piece;
  if (piece.firstLine === firstLine || document === undefined) return piece;
  if ("reason" in document)
    return { firstLine, document: { ...document, line: document.line + firstLine - piece.firstLine }, found };
  const moved = { ...document, firstLine };
  return {
    firstLine,
    document: moved,
    found: found.map((one) =>
      "candidate" in one
        ? { candidate: { ...one.candidate, document: moved } }
        : { problem: { ...one.problem, document: moved } },
    ),
  };
}
