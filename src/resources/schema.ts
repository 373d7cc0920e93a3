/**
 * What a kind's schema is made of: JSON Schema in the subset that Kubernetes calls structural, as TypeBox values, so that
 * the type of an admitted object follows from the schema. Two things are added: rules across fields, as functions whose
 * name is the message that upstream's CRDs give, and lists with keys. admit.ts interprets all of it.
 */
import {
  type Static,
  type TArray,
  type TArrayOptions,
  type TEnum,
  type TEnumValue,
  type TInteger,
  type TObject,
  type TProperties,
  type TSchema,
  type TSchemaOptions,
  type TUnsafe,
  Type,
} from "typebox";

/** The type of what was admitted: a field with a default is always there, all is readonly. */
export type Admitted<S extends TSchema> = DeepReadonly<Static<S>>;

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** By message: whether the value keeps the rule. Rules see defaulted values of valid shape. */
export type Rules<T> = Readonly<Record<string, (self: T) => boolean>>;

/** The keywords that admit.ts reads beside JSON Schema's own. */
export const keyword = {
  rules: "x-rules",
  listType: "x-kubernetes-list-type",
  listMapKeys: "x-kubernetes-list-map-keys",
  intOrString: "x-kubernetes-int-or-string",
  anything: "x-kubernetes-preserve-unknown-fields",
  /** Fields that are not declared are dropped without a word: upstream has many more than anybody reads here. */
  open: "x-open",
  /** Other spellings of an enum's values. */
  aliases: "x-aliases",
  /** The message where an update changes the value. */
  immutable: "x-immutable",
  /** What is said of any mistake inside, since no message may repeat what is written there. */
  confidential: "x-confidential",
} as const;

export const optional = Type.Optional;

export function object<P extends TProperties>(properties: P, rules: Rules<Static<TObject<P>>> = {}): TObject<P> {
  return Type.Object(properties, { [keyword.rules]: rules });
}

/** An object of which only some fields are read here. */
export function openObject<P extends TProperties>(properties: P, options: TSchemaOptions = {}): TObject<P> {
  return Type.Object(properties, { ...options, [keyword.open]: true });
}

/** The same schema with a default: the field may be left out and is there once admitted. */
export function defaulted<S extends TSchema>(schema: S, value: unknown): S {
  return Type.With(schema, { default: value }) as unknown as S;
}

export function immutable<S extends TSchema>(schema: S, message: string): S {
  return Type.With(schema, { [keyword.immutable]: message }) as unknown as S;
}

/** A schema whose values no message repeats: `instead` is what is said of any mistake in them. */
export function confidential<S extends TSchema>(schema: S, instead: string): S {
  return Type.With(schema, { [keyword.confidential]: instead }) as unknown as S;
}

export interface ListOptions<T> extends TArrayOptions {
  /** Items are told apart by these fields: no two may have the same. */
  readonly keys?: readonly string[];
  /** No value twice. */
  readonly set?: boolean;
  readonly rules?: Rules<readonly T[]>;
}

export function list<S extends TSchema>(items: S, options: ListOptions<Static<S>> = {}): TArray<S> {
  const { keys, set, rules = {}, ...rest } = options;
  return Type.Array(items, {
    ...rest,
    [keyword.rules]: rules,
    ...(keys === undefined ? {} : { [keyword.listType]: "map", [keyword.listMapKeys]: keys }),
    ...(set === true ? { [keyword.listType]: "set" } : {}),
  });
}

export interface MapOptions extends TSchemaOptions {
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly rules?: Rules<Readonly<Record<string, unknown>>>;
}

export function mapOf<S extends TSchema>(values: S, options: MapOptions = {}): TUnsafe<Record<string, Static<S>>> {
  const { rules = {}, ...rest } = options;
  return Type.Unsafe({ type: "object", additionalProperties: values, ...rest, [keyword.rules]: rules });
}

export const text = Type.String;
export const flag = Type.Boolean;

export function oneOf<const V extends string>(values: readonly V[], options: TSchemaOptions = {}): TEnum<V[]> {
  return Type.Enum([...values], { type: "string", ...options }) as TEnum<V[]>;
}

export function oneOfNumbers<const V extends number>(values: readonly V[], options: TSchemaOptions = {}): TEnum<V[]> {
  return Type.Enum([...values] as TEnumValue[] as V[], { type: "integer", ...options }) as TEnum<V[]>;
}

export function integer(minimum = -(2 ** 31), maximum = 2 ** 31 - 1): TInteger {
  return Type.Integer({ minimum, maximum });
}

/** A size or a rate: a number, or a resource.Quantity without fraction or exponent, as Envoy Gateway's CRDs take it. */
export function quantity(): TUnsafe<number | string> {
  return Type.Unsafe({ [keyword.intOrString]: true, pattern: "^[1-9][0-9]*([EPTGMK]i|[EPTGMk])?$" });
}

/** An int or a name, as a Service's targetPort. */
export function intOrString(): TUnsafe<number | string> {
  return Type.Unsafe({ [keyword.intOrString]: true });
}

export function anything(): TUnsafe<unknown> {
  return Type.Unsafe({ [keyword.anything]: true });
}

/** A type of Kubernetes' own that is passed on as it came: whoever receives it checks it. */
export function anyObject(): TUnsafe<Readonly<Record<string, unknown>>> {
  return Type.Unsafe({ type: "object", [keyword.anything]: true });
}
