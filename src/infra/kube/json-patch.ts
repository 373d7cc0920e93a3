import { isJsonObject, type Json } from "../../lib/json.ts";
import { asJson, type JsonPatchOperation } from "../../model/envoy-proxy-spec.ts";

/** https://www.rfc-editor.org/rfc/rfc6902; throws at the first operation that does not apply. */
export function jsonPatch(target: Json, operations: readonly JsonPatchOperation[]): Json {
  return operations.reduce(applyOne, target);
}

function applyOne(target: Json, operation: JsonPatchOperation): Json {
  const { op, path, from, value } = operation;
  if (path === undefined) throw new Error(`operation ${op} has no path (jsonPath is not supported)`);
  const at = tokens(path);
  switch (op) {
    case "add":
      return add(target, at, asJson(value));
    case "remove":
      return remove(target, at);
    case "replace":
      return add(remove(target, at), at, asJson(value));
    case "move": {
      const source = tokens(from ?? "");
      return add(remove(target, source), at, valueAt(target, source));
    }
    case "copy":
      return add(target, at, valueAt(target, tokens(from ?? "")));
    case "test":
      if (JSON.stringify(valueAt(target, at)) !== JSON.stringify(value)) throw new Error(`test of ${path} failed`);
      return target;
    default:
      throw new Error(`operation "${op}" is unknown`);
  }
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function tokens(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new Error(`path "${pointer}" does not begin with a slash`);
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(target: Json, at: readonly string[]): Json {
  return at.reduce<Json>((inner, token) => {
    const next = isJsonObject(inner)
      ? own(inner, token)
      : Array.isArray(inner)
        ? inner[index(inner, token)]
        : undefined;
    if (next === undefined) throw new Error(`there is nothing at /${at.join("/")}`);
    return next;
  }, target);
}

function add(target: Json, at: readonly string[], value: Json): Json {
  return edit(
    target,
    at,
    (parent, token) => {
      if (!Array.isArray(parent)) return { ...(parent as { readonly [key: string]: Json }), [token]: value };
      const items = [...(parent as readonly Json[])];
      items.splice(token === "-" ? items.length : index([...items, null], token), 0, value);
      return items;
    },
    value,
  );
}

function remove(target: Json, at: readonly string[]): Json {
  valueAt(target, at);
  return edit(
    target,
    at,
    (parent, token) => {
      if (Array.isArray(parent)) return (parent as readonly Json[]).toSpliced(index(parent, token), 1);
      const { [token]: _, ...rest } = parent as { readonly [key: string]: Json };
      return rest;
    },
    {},
  );
}

function edit(target: Json, at: readonly string[], change: (parent: Json, token: string) => Json, whole: Json): Json {
  const [token, ...rest] = at;
  if (token === undefined) return whole;
  if (!Array.isArray(target) && !isJsonObject(target)) throw new Error(`"${token}" is inside of what is no object`);
  if (rest.length === 0) return change(target, token);
  const inner = edit(valueAt(target, [token]), rest, change, whole);
  if (Array.isArray(target)) return (target as readonly Json[]).with(index(target, token), inner);
  return { ...target, [token]: inner };
}

function own(object: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function index(items: readonly unknown[], token: string): number {
  const at = /^(0|[1-9][0-9]*)$/.test(token) ? Number(token) : Number.NaN;
  if (!(at < items.length)) throw new Error(`there is no item "${token}"`);
  return at;
}
