import { keyword } from "./schema.ts";
import type { StructuralSchema } from "./structural.ts";

/** What is wrong with a value by itself: its type, its size, its syntax. Empty where nothing is. */
export function checkBounds(schema: StructuralSchema, value: unknown): readonly string[] {
  if (schema[keyword.intOrString] === true) return checkIntOrString(schema, value);
  switch (schema.type) {
    case "string":
      return typeof value === "string" ? checkString(schema, value) : [wrongType("a string", value)];
    case "integer":
      return Number.isInteger(value) ? checkNumber(schema, Number(value)) : [wrongType("an integer", value)];
    case "number":
      return Number.isFinite(value) ? checkNumber(schema, Number(value)) : [wrongType("a number", value)];
    case "boolean":
      return typeof value === "boolean" ? [] : [wrongType("true or false", value)];
    case "array":
      return sizes("item", (value as readonly unknown[]).length, schema.minItems, schema.maxItems);
    case undefined:
    default:
      return sizes("entry", Object.keys(value as object).length, schema.minProperties, schema.maxProperties);
  }
}

/** A value as it is said in a message: short, on one line. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function wrongType(expected: string, value: unknown): string {
  const quote = expected === "a string" && typeof value !== "object" ? "; quote it" : "";
  const unquote = expected !== "a string" && typeof value === "string" ? " (a string)" : "";
  return `must be ${expected}, not ${describe(value)}${unquote}${quote}`;
}

function checkIntOrString(schema: StructuralSchema, value: unknown): readonly string[] {
  if (Number.isSafeInteger(value)) return [];
  if (typeof value !== "string") return [wrongType("an integer or a string", value)];
  return checkString(schema, value);
}

function checkString(schema: StructuralSchema, value: string): readonly string[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [notSupported(schema.enum, value)];
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  if (value.length < minLength) return ["must not be empty"];
  // Code points, as an API server counts.
  const length = value.length > maxLength ? Array.from(value).length : value.length;
  if (length > maxLength) return [`Too long: must have at most ${maxLength} characters, has ${length}`];
  if (pattern !== undefined && !compiled(pattern).test(value))
    return [`Invalid value: ${describe(value)}: must match ${pattern}`];
  return [];
}

function checkNumber(schema: StructuralSchema, value: number): readonly string[] {
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [notSupported(schema.enum, value)];
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (value < minimum) return [`Invalid value: ${value}: must be at least ${minimum}`];
  if (value > maximum) return [`Invalid value: ${value}: must be at most ${maximum}`];
  return [];
}

function sizes(what: string, count: number, min = 0, max = Number.POSITIVE_INFINITY): readonly string[] {
  const many = (limit: number): string => (limit === 1 ? `1 ${what}` : `${limit} ${what.replace(/y$/, "ie")}s`);
  if (count < min) return [`must have at least ${many(min)}`];
  if (count > max) return [`Too many: must have at most ${many(max)}, has ${count}`];
  return [];
}

function notSupported(supported: readonly unknown[], value: unknown): string {
  return `Unsupported value: ${describe(value)}: supported values: ${supported.map(describe).join(", ")}`;
}

/** Patterns come from schemas alone, so their number is bounded. */
const compiledPatterns = new Map<string, RegExp>();

function compiled(pattern: string): RegExp {
  let known = compiledPatterns.get(pattern);
  if (known === undefined) {
    known = new RegExp(pattern);
    compiledPatterns.set(pattern, known);
  }
  return known;
}
