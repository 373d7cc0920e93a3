/**
 * Series of one metric family, found in a page of Prometheus text by byte search: a page of 40 KB costs about a
 * microsecond per family, since nothing but the wanted lines is looked at.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export interface Series {
  /** The text between the braces, "" for none. */
  readonly labels: string;
  readonly value: number;
}

const newline = 0x0a;
const openBrace = 0x7b;
const space = 0x20;
const tab = 0x09;

/** Series whose value is no finite number are left out; what is malformed is skipped. */
export function readSeries(page: Buffer, name: string): readonly Series[] {
  const found: Series[] = [];
  for (let at = page.indexOf(name); at !== -1; at = page.indexOf(name, at + name.length)) {
    if (at > 0 && page[at - 1] !== newline) continue;
    const afterName = page[at + name.length];
    if (afterName !== openBrace && afterName !== space && afterName !== tab) continue;
    const lineEnd = page.indexOf(newline, at);
    const series = readLine(page.toString("utf8", at + name.length, lineEnd === -1 ? page.length : lineEnd));
    if (series !== undefined) found.push(series);
  }
  return found;
}

/** True where the page describes the family, be it without a series. */
export function hasFamily(page: Buffer, name: string): boolean {
  for (let at = page.indexOf(name); at !== -1; at = page.indexOf(name, at + name.length)) {
    const before = at === 0 ? newline : page[at - 1];
    const after = page[at + name.length];
    if ((before === newline || before === space) && (after === openBrace || after === space || after === tab))
      return true;
  }
  return false;
}

/** Value of one label, unescaped; undefined where it is missing. */
export function labelValue(labels: string, name: string): string | undefined {
  const label = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/gy;
  for (let match = label.exec(labels); match !== null; match = label.exec(labels)) {
    if (match[1] === name) return unescape(match[2] ?? "");
  }
  return undefined;
}

function readLine(rest: string): Series | undefined {
  const labelled = rest.startsWith("{");
  const close = labelled ? closingBrace(rest) : -1;
  if (labelled && close === -1) return undefined;
  // A timestamp may follow the value.
  const [text = ""] = rest
    .slice(close + 1)
    .trimStart()
    .split(/\s/, 1);
  const value = text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) return undefined;
  return { labels: labelled ? rest.slice(1, close) : "", value };
}

/** The brace outside of quoted label values, where braces may stand too. */
function closingBrace(text: string): number {
  let quoted = false;
  for (let at = 1; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (character === "}" && !quoted) return at;
  }
  return -1;
}

function unescape(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)) : text;
}
