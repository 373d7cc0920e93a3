import { bytes, hasByteOrderMark, parseString, skipSpace, stringEnd, valueEnd } from "./json-scan.ts";

/** Of OpenAI's completions, chat completions and responses. */
const promptKeys: ReadonlySet<string> = new Set(["prompt", "messages", "input"]);

/**
 * The bytes of the prompt as they stand in the JSON body, a view of it; undefined where the pass finds none. What
 * follows the prompt is not looked at.
 */
export function findPrompt(body: Buffer): Buffer | undefined {
  let at = skipSpace(body, hasByteOrderMark(body) ? 3 : 0);
  if (body[at] !== bytes.openBrace) return undefined;
  do {
    at = skipSpace(body, at + 1);
    if (body[at] !== bytes.quote) return undefined;
    const keyEnd = stringEnd(body, at);
    if (keyEnd === -1) return undefined;
    const key = parseString(body, at, keyEnd);
    at = skipSpace(body, keyEnd);
    if (body[at] !== bytes.colon) return undefined;
    const start = skipSpace(body, at + 1);
    const end = valueEnd(body, start);
    if (end === -1) return undefined;
    if (key !== undefined && promptKeys.has(key)) return body.subarray(start, end);
    at = skipSpace(body, end);
  } while (body[at] === bytes.comma);
  return undefined;
}
