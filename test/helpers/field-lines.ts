/** A schema as one line per field: path, type, and what else an API user can see of it. Reads ours and CRDs' alike. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  /** CRDs have it where a type and a field each give a list. */
  readonly allOf?: readonly { readonly enum?: readonly unknown[] }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly [keyword: `x-${string}`]: unknown;
}

/** `opaque`: paths whose inner fields are not listed, as the type is not of the CRD's own making. */
export function fieldLines(
  schema: Schema,
  opaque: ReadonlySet<string> = new Set(),
  path = "spec",
  required = true,
): readonly string[] {
  const isOpaque =
    opaque.has(path) || (schema.type === "object" && schema["x-kubernetes-preserve-unknown-fields"] === true);
  if (isOpaque)
    return [`${line({ ...(schema.type === undefined ? {} : { type: schema.type }) }, path, required)} opaque`];
  return [line(schema, path, required), ...inner(schema, opaque, path)].sort();
}

function inner(schema: Schema, opaque: ReadonlySet<string>, path: string): readonly string[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, property]) =>
      fieldLines(property, opaque, `${path}.${name}`, schema.required?.includes(name) ?? false),
    ),
    ...(items === undefined ? [] : fieldLines(items, opaque, `${path}[]`, false)),
    ...(typeof additionalProperties === "object" ? fieldLines(additionalProperties, opaque, `${path}{}`, false) : []),
  ];
}

function line(schema: Schema, path: string, required: boolean): string {
  const type = schema.type ?? (schema["x-kubernetes-int-or-string"] === true ? "int-or-string" : "any");
  const words = [path, type];
  // A field with a default need not be given, whatever the list of required ones says.
  if (schema.default !== undefined) words.push(`default=${canonical(schema.default)}`);
  else if (required) words.push("required");
  const lists = [schema, ...(schema.allOf ?? [])].flatMap((one) => (one.enum === undefined ? [] : [one.enum]));
  const values = lists.reduce((all, some) => all.filter((value) => some.includes(value)), lists[0] ?? []);
  if (values.length > 0) words.push(`enum=${values.map(String).sort().join("|")}`);
  for (const bound of ["minLength", "maxLength", "minItems", "maxItems"] as const)
    if ((schema[bound] ?? 0) !== 0) words.push(`${bound}=${schema[bound]}`);
  const keys = schema["x-kubernetes-list-map-keys"];
  if (Array.isArray(keys)) words.push(`keys=${keys.join("|")}`);
  else if (schema["x-kubernetes-list-type"] === "set") words.push("set");
  return words.join(" ");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inside: unknown) =>
    typeof inside === "object" && inside !== null && !Array.isArray(inside)
      ? Object.fromEntries(Object.entries(inside).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inside,
  );
}
