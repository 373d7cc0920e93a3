/**
 * Kubernetes' strategic merge patch, as far as a Deployment, a Service and what is beside them need it: lists whose
 * items have names are merged by item, all others are replaced; null removes; `$patch: delete` removes an item and
 * `$patch: replace` takes the patch's object or list as it is.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** By field: what tells the items of its list apart. Fields of equal name and other meaning are told by `containers`. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  imagePullSecrets: ["name"],
  volumeMounts: ["mountPath"],
  volumeDevices: ["devicePath"],
  hostAliases: ["ip"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
  /** Of a container, or of a Service. */
  ports: ["containerPort", "port"],
};

const directive = "$patch";

export function strategicMerge(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const { [directive]: wanted, ...fields } = patch;
  const kept = isJsonObject(target) && wanted !== "replace" ? target : {};
  if (wanted === "delete") return {};
  const merged = new Map<string, Json>(Object.entries(kept));
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeField(key, merged.get(key), value));
  }
  return Object.fromEntries(merged) as JsonObject;
}

function mergeField(field: string, target: Json | undefined, patch: Json): Json {
  if (!Array.isArray(patch)) return strategicMerge(target, patch);
  const items: readonly Json[] = patch;
  const own = items.filter((item) => !isDirective(item, "replace"));
  if (own.length < items.length) return own;
  const keys = mergeKeys[field];
  if (keys === undefined || !Array.isArray(target)) return items.filter((item) => !isDirective(item, "delete"));
  return mergeItems(target, items, (item) => identity(item, keys));
}

function mergeItems(
  target: readonly Json[],
  patch: readonly Json[],
  identityOf: (item: Json) => string | undefined,
): readonly Json[] {
  const merged = [...target];
  for (const item of patch) {
    const id = identityOf(item);
    const at = id === undefined ? -1 : merged.findIndex((other) => identityOf(other) === id);
    if (isDirective(item, "delete")) {
      if (at >= 0) merged.splice(at, 1);
    } else if (at >= 0) merged[at] = strategicMerge(merged[at], item);
    else merged.push(item);
  }
  return merged;
}

function identity(item: Json, keys: readonly string[]): string | undefined {
  if (!isJsonObject(item)) return undefined;
  const values = keys.map((key) => item[key]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : JSON.stringify([...values, item.protocol ?? "TCP"]);
}

function isDirective(item: Json, wanted: string): boolean {
  return isJsonObject(item) && item[directive] === wanted;
}
