/**
 * One of our schemas as a CRD has it: structural OpenAPI, with rules as CEL.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { keyword } from "../../src/resources/schema.ts";
import type { StructuralSchema } from "../../src/resources/structural.ts";
import { celRules } from "./cel-rules.ts";

export type OpenApi = Readonly<Record<string, unknown>>;

export function openApi(schema: StructuralSchema): OpenApi {
  return {
    ...shapeOf(schema),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    ...rulesOf(schema),
  };
}

function shapeOf(schema: StructuralSchema): OpenApi {
  if (schema[keyword.intOrString] === true)
    return pick({
      anyOf: [{ type: "integer" }, { type: "string" }],
      [keyword.intOrString]: true,
      pattern: schema.pattern,
    });
  if (schema[keyword.anything] === true) return pick({ type: schema.type, [keyword.anything]: true });
  if (schema.properties !== undefined) return objectOf(schema, schema.properties);
  if (schema.additionalProperties !== undefined)
    return pick({
      type: "object",
      additionalProperties: openApi(schema.additionalProperties),
      minProperties: schema.minProperties,
      maxProperties: schema.maxProperties,
    });
  if (schema.items !== undefined) return listOf(schema, schema.items);
  return scalarOf(schema);
}

function objectOf(schema: StructuralSchema, properties: Readonly<Record<string, StructuralSchema>>): OpenApi {
  const fields = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  // A field with a default need not be given.
  const required = (schema.required ?? []).filter((name) => properties[name]?.default === undefined).sort();
  return pick({
    type: "object",
    properties:
      fields.length === 0 ? undefined : Object.fromEntries(fields.map(([name, field]) => [name, openApi(field)])),
    required: required.length === 0 ? undefined : required,
  });
}

function listOf(schema: StructuralSchema, items: StructuralSchema): OpenApi {
  return pick({
    type: "array",
    items: openApi(items),
    minItems: schema.minItems,
    maxItems: schema.maxItems,
    [keyword.listType]: schema[keyword.listType],
    [keyword.listMapKeys]: schema[keyword.listMapKeys],
  });
}

const int32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };

function scalarOf(schema: StructuralSchema): OpenApi {
  const { type, minimum, maximum } = schema;
  const fits =
    (minimum ?? Number.NEGATIVE_INFINITY) >= int32.minimum && (maximum ?? Number.POSITIVE_INFINITY) <= int32.maximum;
  const format = type === "integer" ? (fits ? "int32" : "int64") : undefined;
  return pick({
    type,
    format,
    enum: schema.enum === undefined ? undefined : [...schema.enum, ...Object.keys(schema[keyword.aliases] ?? {})],
    minimum: minimum === int32.minimum ? undefined : minimum,
    maximum: maximum === int32.maximum || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum,
    minLength: schema.minLength,
    maxLength: schema.maxLength,
    pattern: schema.pattern,
  });
}

function rulesOf(schema: StructuralSchema): OpenApi {
  const immutable = schema[keyword.immutable];
  const messages = [...Object.keys(schema[keyword.rules] ?? {}), ...(immutable === undefined ? [] : [immutable])];
  if (messages.length === 0) return {};
  return { "x-kubernetes-validations": messages.map((message) => ({ message, rule: ruleFor(message) })) };
}

function ruleFor(message: string): string {
  const rule = celRules[message];
  if (rule === undefined) throw new Error(`Cannot write the rule "${message}": it has no expression in cel-rules.ts`);
  return rule;
}

function pick(fields: OpenApi): OpenApi {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
