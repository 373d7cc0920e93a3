import { regexMatches } from "../resources/regex.ts";
import type { MatchIr } from "./ir.ts";

/** Some request may satisfy the path and the method of both. Regular expressions are compared with exact paths only; else they count as meeting. */
export function mayMeet(a: MatchIr, b: MatchIr): boolean {
  if (a.method !== undefined && b.method !== undefined && a.method !== b.method) return false;
  return pathsMeet(a.path, b.path);
}

type PathIr = MatchIr["path"];

function pathsMeet(a: PathIr, b: PathIr): boolean {
  if (a.type === "exact") return takesPath(b, a.value);
  if (b.type === "exact") return takesPath(a, b.value);
  if (a.type === "regex" || b.type === "regex") return true;
  return isUnder(a.value, b.value) || isUnder(b.value, a.value);
}

function takesPath(path: PathIr, value: string): boolean {
  switch (path.type) {
    case "exact":
      return path.value === value;
    case "prefix":
      return isUnder(path.value, value);
    case "regex":
      return regexMatches(path.value, value);
  }
}

/** A prefix ends at a slash: "/v1" is a prefix of "/v1/models", not of "/v12". */
function isUnder(prefix: string, value: string): boolean {
  return prefix === "/" || value === prefix || value.startsWith(`${prefix}/`);
}
