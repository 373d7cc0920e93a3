/**
 * What an API server does to an object before it keeps it: reads an object as it came, produces the one that all stages
 * work with (pruned, defaulted, immutable) or the list of what is wrong with it. Pure.
 */
import { apiVersionOf, type KindDeclaration } from "./kind.ts";
import { keepMetadata, metadataSchema } from "./metadata.ts";
import type { ObjectMeta } from "./object.ts";
import type { EndpointResources, ResourceSet } from "./resource-set.ts";
import type { Admitted } from "./schema.ts";
import { type Finding, isRecord, type StructuralSchema, walk } from "./structural.ts";

type Collections = ResourceSet & EndpointResources;

/** Any object that is read. */
export type Resource = {
  [C in keyof Collections]: Collections[C] extends ReadonlyMap<string, infer T> ? T : never;
}[keyof Collections];

export interface AdmitOptions {
  /** For objects that name none. */
  readonly defaultNamespace: string;
  /** The object that this one replaces, for fields that may not change. */
  readonly previous?: Resource;
}

export type Admission =
  | { readonly object: Resource; readonly warnings: readonly Finding[] }
  | { readonly errors: readonly [Finding, ...Finding[]]; readonly warnings: readonly Finding[] };

/** `raw` is an object of the kind, in any of its served versions. Its generation is kept as it came, 0 where it has none. */
export function admit(kind: KindDeclaration, raw: Readonly<Record<string, unknown>>, options: AdmitOptions): Admission {
  const { object, errors, warnings } = check(kind, raw, options);
  const [first, ...others] = errors;
  return first === undefined ? { object, warnings } : { errors: [first, ...others], warnings };
}

function check(kind: KindDeclaration, raw: Readonly<Record<string, unknown>>, options: AdmitOptions) {
  const walked = walk(wholeSchema(kind), raw, options.previous);
  const { metadata: given, ...others } = isRecord(walked.value) ? walked.value : {};
  if (walked.errors.length > 0) return { object: unusable, errors: walked.errors, warnings: walked.warnings };
  const named = keepMetadata(kind, given as Admitted<typeof metadataSchema>, options.defaultNamespace);
  return {
    object: assemble(kind, named.metadata, others),
    errors: named.errors,
    warnings: [...walked.warnings, ...named.warnings],
  };
}

/** The walk has checked the body against the schema that its type is derived from. */
function assemble(kind: KindDeclaration, metadata: ObjectMeta, fields: Readonly<Record<string, unknown>>): Resource {
  const body = Object.fromEntries(Object.keys(kind.body.properties).map((name) => [name, fields[name]]));
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...body } as unknown as Resource;
}

const unusable = {} as Resource;

const wholeSchemas = new WeakMap<KindDeclaration, StructuralSchema>();

function wholeSchema(kind: KindDeclaration): StructuralSchema {
  let schema = wholeSchemas.get(kind);
  if (schema === undefined) {
    const body = kind.body as unknown as StructuralSchema;
    const ignored = { "x-kubernetes-preserve-unknown-fields": true } as const;
    schema = {
      ...body,
      properties: {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: metadataSchema as unknown as StructuralSchema,
        ...(body.properties?.["status"] === undefined && body["x-open"] !== true ? { status: ignored } : {}),
        ...body.properties,
      },
      required: ["metadata", ...(body.required ?? [])],
    };
    wholeSchemas.set(kind, schema);
  }
  return schema;
}
