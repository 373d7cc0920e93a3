import { parse } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import { messageOf } from "../../lib/message-of.ts";
import { staticClusters } from "../../lib/wire.ts";
import type { BootstrapPatch } from "../../model/envoy-proxy-spec.ts";
import { jsonPatch } from "./json-patch.ts";

/**
 * The bootstrap with an EnvoyProxy's changes. `Merge` adds to objects and lists, `Replace` is a whole bootstrap. How
 * Envoy finds us must be as it was: throws else, and where the change is none.
 */
export function patchBootstrap(ours: JsonObject, patch: BootstrapPatch | undefined): JsonObject {
  if (patch === undefined) return ours;
  try {
    const changed = change(ours, patch);
    const problem = lostParts(ours, changed);
    if (problem !== undefined) throw new Error(`${problem} must stay as it was`);
    return changed;
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`Cannot use spec.bootstrap of the EnvoyProxy: ${reason}`, { cause: error });
  }
}

function change(ours: JsonObject, { type, value, jsonPatches }: BootstrapPatch): JsonObject {
  if (type === "JSONPatch") return objectOf(jsonPatch(ours, jsonPatches ?? []));
  const given = objectOf(snakeCase(parse(value ?? "", { maxAliasCount: 100 }) as Json));
  return type === "Merge" ? objectOf(merge(ours, given)) : given;
}

function objectOf(value: Json): JsonObject {
  if (!isJsonObject(value)) throw new Error("it is no object");
  return value;
}

function merge(target: Json | undefined, value: Json): Json {
  if (Array.isArray(target) && Array.isArray(value)) return [...target, ...value] as readonly Json[];
  if (!isJsonObject(target) || !isJsonObject(value)) return value;
  const merged = new Map<string, Json>(Object.entries(target));
  for (const [key, inner] of Object.entries(value)) merged.set(key, merge(merged.get(key), inner));
  return Object.fromEntries(merged);
}

/** Keys of these are anybody's words, not fields. */
const freeForm = new Set(["static_layer", "metadata", "filter_metadata", "value"]);

/** Envoy takes fields as camelCase too, but none in both spellings. */
function snakeCase(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(snakeCase);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const field = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [field, freeForm.has(field) ? inner : snakeCase(inner)];
    }),
  );
}

function lostParts(ours: JsonObject, changed: JsonObject): string | undefined {
  if (!isSame(ours.dynamic_resources, changed.dynamic_resources)) return "dynamic_resources";
  if (!isSame(adminAddress(ours), adminAddress(changed))) return "admin.address";
  if (!isSame(xdsCluster(ours), xdsCluster(changed))) return `the static cluster ${staticClusters.xds}`;
  return undefined;
}

/** By which the shutdown manager and the metrics' listener reach it; and no network does. */
function adminAddress({ admin }: JsonObject): Json | undefined {
  return isJsonObject(admin) ? admin.address : undefined;
}

function xdsCluster({ static_resources: resources }: JsonObject): readonly Json[] {
  const clusters = isJsonObject(resources) ? resources.clusters : undefined;
  if (!Array.isArray(clusters)) return [];
  return (clusters as readonly Json[]).filter((one) => isJsonObject(one) && one.name === staticClusters.xds);
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
