/**
 * Interprets schemas: one walk over a value as it came prunes what is not declared, fills in defaults, checks, and says
 * exactly where what is wrong. Kubernetes does the same to a custom resource, in the same order:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { FieldPath } from "./field-path.ts";
import { nearestName } from "./nearest-name.ts";
import { keyword } from "./schema.ts";
import { checkBounds, describe } from "./structural-bounds.ts";

/** One thing that is wrong, or odd, at one place. */
export interface Finding {
  readonly path: FieldPath;
  readonly reason: string;
  readonly hint?: string;
}

/** The keywords that schema.ts writes, as they are read back. */
export interface StructuralSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly [keyword.rules]?: Readonly<Record<string, (self: never) => boolean>>;
  readonly [keyword.listType]?: "map" | "set";
  readonly [keyword.listMapKeys]?: readonly string[];
  readonly [keyword.intOrString]?: boolean;
  readonly [keyword.anything]?: boolean;
  readonly [keyword.open]?: boolean;
  readonly [keyword.aliases]?: Readonly<Record<string, string>>;
  readonly [keyword.immutable]?: string;
  readonly [keyword.confidential]?: string;
}

export interface Walked {
  /** Pruned and defaulted, keys in the schema's order; of use only where there are no errors. */
  readonly value: unknown;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** `previous`: the admitted value that this one replaces, for fields that may not change. */
export function walk(schema: StructuralSchema, value: unknown, previous?: unknown): Walked {
  const walker = new Walker();
  return { value: walker.visit(schema, value, previous), errors: walker.errors, warnings: walker.warnings };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

class Walker {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  readonly #path: (string | number)[] = [];

  visit(schema: StructuralSchema, value: unknown, previous: unknown): unknown {
    const before = this.errors.length;
    const visited = this.#visitShape(schema, value, previous);
    // A rule reads fields: it runs on nothing that has the wrong shape.
    if (this.errors.length === before) this.#checkRules(schema, visited, previous);
    const instead = schema[keyword.confidential];
    if (instead !== undefined) this.#hush(before, instead);
    return visited;
  }

  /** Errors since `from` may quote what is not to be shown. */
  #hush(from: number, reason: string): void {
    for (const { path } of this.errors.splice(from)) this.errors.push({ path, reason });
  }

  #visitShape(schema: StructuralSchema, value: unknown, previous: unknown): unknown {
    if (schema[keyword.anything] === true)
      return schema.type === "object" && !isRecord(value) ? this.#wrongType("an object", value) : value;
    if (schema.properties !== undefined) return this.#visitObject(schema, schema.properties, value, previous);
    if (schema.additionalProperties !== undefined)
      return this.#visitMap(schema, schema.additionalProperties, value, previous);
    if (schema.items !== undefined) return this.#visitList(schema, schema.items, value);
    const aliases = schema[keyword.aliases];
    const spelled =
      typeof value === "string" && aliases !== undefined && Object.hasOwn(aliases, value) ? aliases[value] : value;
    this.#report(checkBounds(schema, spelled));
    return spelled;
  }

  #visitObject(
    schema: StructuralSchema,
    properties: Readonly<Record<string, StructuralSchema>>,
    value: unknown,
    previous: unknown,
  ): unknown {
    if (!isRecord(value)) return this.#wrongType("an object", value);
    const old = isRecord(previous) ? previous : {};
    const entries: [string, unknown][] = [];
    for (const [key, property] of Object.entries(properties)) {
      // A null is as good as absent, before defaults: what API servers do to fields that are not nullable.
      const given = (Object.hasOwn(value, key) ? value[key] : undefined) ?? property.default;
      if (given !== undefined) entries.push([key, this.#inside(key, () => this.visit(property, given, old[key]))]);
      else if (schema.required?.includes(key) === true) this.#report(["Required value"], key);
    }
    if (schema[keyword.open] !== true) this.#warnOfUnknown(Object.keys(properties), value);
    return Object.fromEntries(entries);
  }

  #visitMap(schema: StructuralSchema, values: StructuralSchema, value: unknown, previous: unknown): unknown {
    if (!isRecord(value)) return this.#wrongType("an object", value);
    const old = isRecord(previous) ? previous : {};
    const keys = Object.keys(value).sort();
    this.#report(checkBounds(schema, value));
    return Object.fromEntries(
      keys.map((key) => [key, this.#inside(key, () => this.visit(values, value[key], old[key]))]),
    );
  }

  #visitList(schema: StructuralSchema, items: StructuralSchema, value: unknown): unknown {
    if (!Array.isArray(value)) return this.#wrongType("a list", value);
    this.#report(checkBounds(schema, value));
    const list = value.map((item: unknown, index) => this.#inside(index, () => this.visit(items, item, undefined)));
    this.#checkUnique(schema, list);
    return list;
  }

  #checkUnique(schema: StructuralSchema, list: readonly unknown[]): void {
    if (schema[keyword.listType] === undefined) return;
    const keys = schema[keyword.listMapKeys];
    const seen = new Set<string>();
    list.forEach((item, index) => {
      const identity = keys === undefined ? item : keys.map((key) => (isRecord(item) ? item[key] : undefined));
      const text = JSON.stringify(identity);
      if (seen.has(text)) this.#report([`Duplicate value: ${keys === undefined ? text : keyText(keys, item)}`], index);
      seen.add(text);
    });
  }

  #checkRules(schema: StructuralSchema, value: unknown, previous: unknown): void {
    for (const [message, holds] of Object.entries(schema[keyword.rules] ?? {}))
      if (!holds(value as never)) this.#report([message]);
    const immutable = schema[keyword.immutable];
    if (immutable !== undefined && previous !== undefined && previous !== value)
      this.#report([`${immutable}: it was ${describe(previous)}`]);
  }

  #warnOfUnknown(known: readonly string[], value: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const nearest = nearestName(key, known);
      this.warnings.push({
        path: [...this.#path, key],
        reason: `unknown field "${key}", ignored`,
        ...(nearest === undefined ? {} : { hint: `did you mean "${nearest}"?` }),
      });
    }
  }

  #wrongType(expected: string, value: unknown): undefined {
    this.#report([`must be ${expected}, not ${describe(value)}`]);
    return undefined;
  }

  #report(reasons: readonly string[], ...inside: FieldPath): void {
    for (const reason of reasons) this.errors.push({ path: [...this.#path, ...inside], reason });
  }

  #inside<T>(segment: string | number, visit: () => T): T {
    this.#path.push(segment);
    try {
      return visit();
    } finally {
      this.#path.pop();
    }
  }
}

function keyText(keys: readonly string[], item: unknown): string {
  return keys.map((key) => `${key} ${describe(isRecord(item) ? item[key] : undefined)}`).join(", ");
}
