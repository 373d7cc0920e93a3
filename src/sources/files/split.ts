/** A piece of a file that is one YAML document, from its "---" to the next. */
export interface Piece {
  readonly text: string;
  /** From 1. */
  readonly firstLine: number;
}

/**
 * Splits before parsing, as kubectl does, so that a syntax error in one document is none in the others. Pieces without
 * any content are left out.
 */
export function splitDocuments(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let firstLine = 1;
  const finish = (nextLine: number): void => {
    if (lines.some(hasContent)) pieces.push({ text: lines.join("\n"), firstLine });
    lines = [];
    firstLine = nextLine;
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (/^---(\s|$)/.test(line)) finish(index + 1);
    lines.push(line);
  }
  finish(0);
  return pieces;
}

function hasContent(line: string): boolean {
  return !/^(---)?\s*(#.*)?$/.test(line) && !/^%|^\.\.\.\s*$/.test(line);
}
