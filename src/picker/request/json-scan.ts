/** JSON in bytes, walked without being parsed: strings are skipped by byte search. Values are not validated. */

export const bytes = {
  quote: 0x22,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  colon: 0x3a,
  comma: 0x2c,
} as const;
const { quote, openBrace, closeBrace, openBracket, closeBracket, comma } = bytes;
const backslash = 0x5c;

/** Of the value with its quotes, [start, end); undefined where it is no string. */
export function parseString(body: Buffer, start: number, end: number): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8", start, end));
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Some editors write it; Envoy's reader skips it, and so do Python's. */
export function hasByteOrderMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

export function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (let byte = body[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = body[at]) at++;
  return at;
}

/** Index after the closing quote of the string that opens at `start`; -1 where it is not closed. */
export function stringEnd(body: Buffer, start: number): number {
  for (let end = body.indexOf(quote, start + 1); end !== -1; end = body.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (body[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return -1;
}

/** Index after the value that starts at `start`; -1 where it is not complete. */
export function valueEnd(body: Buffer, start: number): number {
  const first = body[start];
  if (first === quote) return stringEnd(body, start);
  if (first === openBrace || first === openBracket) return containerEnd(body, start);
  let at = start;
  for (let byte = body[at]; byte !== undefined && byte !== comma && byte !== closeBrace && byte > 0x20; byte = body[at])
    at++;
  return at > start && at < body.length ? at : -1;
}

function containerEnd(body: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) {
      const end = stringEnd(body, at);
      if (end === -1) return -1;
      at = end - 1;
    } else if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
