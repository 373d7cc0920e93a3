/** One YAML or JSON document of a file: where it stands, what it says, and where its fields are. Pure. */
import { isMap, isScalar, isSeq, type Node, type Range } from "yaml";
import type { FieldPath } from "../../resources/field-path.ts";
import type { Position } from "../location.ts";
import { plainValue, type ReadYaml, readYaml } from "./yaml-reading.ts";

export interface SourceDocument {
  readonly text: string;
  /** Of the file, from 1. */
  readonly firstLine: number;
  readonly value: unknown;
}

export interface UnreadableDocument extends Position {
  readonly reason: string;
}

export type ReadDocument = SourceDocument | UnreadableDocument;

export type Format = "yaml" | "json";

export function formatOf(path: string): Format {
  return /\.json$/i.test(path) ? "json" : "yaml";
}

/** Undefined where there is nothing but comments. */
export function readDocument(text: string, firstLine: number, format: Format): ReadDocument | undefined {
  const read = format === "json" ? readJson(text) : readYamlDocument(text, firstLine);
  if (read === undefined || "reason" in read || !isDeeperThan(read.value, deepest)) return read;
  return { reason: `nested deeper than ${deepest} levels`, line: firstLine, column: 1 };
}

/** No kind comes near it, and what walks values may recurse. */
const deepest = 100;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inside) => isDeeperThan(inside, levels - 1));
}

function readJson(text: string): ReadDocument {
  try {
    return { text, firstLine: 1, value: JSON.parse(text) as unknown };
  } catch (error) {
    const reason = error instanceof Error ? oneLine(error.message) : String(error);
    const [, line, column] = /line (\d+) column (\d+)/.exec(reason) ?? [];
    const lines = text.split("\n");
    return {
      reason: reason.replace(/ in JSON at position.*$/, "").replace(/^.*is not valid JSON$/, "is not valid JSON"),
      line: Number(line ?? lines.length),
      column: Number(column ?? (lines.at(-1) ?? "").length + 1),
    };
  }
}

function readYamlDocument(text: string, firstLine: number): ReadDocument | undefined {
  try {
    const { document, lines } = readYaml(text);
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      return { reason: withoutQuote(error.message), line: firstLine + line - 1, column: col };
    }
    if (document.contents === null) return undefined;
    return { text, firstLine, value: plainValue(document) };
  } catch (error) {
    // Nesting deeper than the stack, or aliases that blow up.
    const reason = error instanceof Error ? withoutQuote(error.message) : String(error);
    return { reason, line: firstLine, column: 1 };
  }
}

/** Where a field is, or the nearest one around it. `at`: the field's name or what it holds. */
export function positionIn(document: SourceDocument, path: FieldPath, at: "key" | "value"): Position {
  const { document: tree, lines } = treeOf(document.text);
  const { line, col } = lines.linePos(offsetOf(tree.contents, path, at));
  return { line: document.firstLine + Math.max(line, 1) - 1, column: Math.max(col, 1) };
}

/** The first line with content, without building a tree. */
export function startOfDocument({ text, firstLine }: SourceDocument): Position {
  const lines = text.split("\n");
  const index = lines.findIndex((line) => !/^(---\s*)?(#.*)?\s*$/.test(line));
  return { line: firstLine + Math.max(index, 0), column: 1 };
}

/** Several places are asked for in a row of one text; trees are too large to keep more than one. */
let latest: { readonly text: string; readonly read: ReadYaml } | undefined;

function treeOf(text: string): ReadYaml {
  if (latest?.text !== text) latest = { text, read: readYaml(text) };
  return latest.read;
}

function offsetOf(root: Node | null, path: FieldPath, at: "key" | "value"): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [index, segment] of path.entries()) {
    const step = child(node, segment);
    if (step === undefined) return offset;
    const wantsKey = at === "key" && index === path.length - 1;
    offset = (wantsKey ? startOf(step.key) : undefined) ?? startOf(step.value) ?? startOf(step.key) ?? offset;
    node = step.value;
  }
  return offset;
}

function child(node: unknown, segment: string | number): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(segment)];
    return value === undefined ? undefined : { value };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

/** An empty value has a place after its key, which says nothing. */
function startOf(node: unknown): number | undefined {
  const { range, value } = (node ?? {}) as { readonly range?: Range | null; readonly value?: unknown };
  if (range === undefined || range === null || (value === null && range[0] === range[1])) return undefined;
  return range[0];
}

/** What is quoted may be a Secret's: what a broken document holds is not known. */
function withoutQuote(message: string): string {
  return oneLine(message).replace(/(?<=[\w)]): .*$/, "");
}

function oneLine(message: string): string {
  return message.split("\n")[0] ?? message;
}
