import { isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import { mergePatch } from "../../lib/merge-patch.ts";
import { strategicMerge } from "../../lib/strategic-merge.ts";
import { asJson, type ObjectPatch } from "../../model/envoy-proxy-spec.ts";
import type { InfrastructureIr } from "../../model/infrastructure.ts";
import { controllerAnnotation, objectLabels, selectorLabels } from "./labels.ts";
import { objectName } from "./names.ts";
import type { InfrastructureSettings } from "./settings.ts";

/** What every object is made from. */
export interface Making {
  readonly infrastructure: InfrastructureIr;
  readonly settings: InfrastructureSettings;
}

/** An object as it is to be, a JSON value throughout. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMetadata;
}

export interface ManifestMetadata extends JsonObject {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Named {
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export function metadataOf({ infrastructure, settings }: Making, own: Named = {}): ManifestMetadata {
  return {
    name: own.name ?? objectName(infrastructure.key),
    namespace: settings.namespace,
    labels: { ...own.labels, ...objectLabels(infrastructure) },
    annotations: {
      ...infrastructure.annotations,
      ...own.annotations,
      [controllerAnnotation]: settings.controllerName,
    },
  };
}

/** Throws where the patch would make another object of it. */
export function patched(object: Manifest, patch: ObjectPatch | undefined, making: Making): Manifest {
  if (patch?.value === undefined) return object;
  const value = asJson(patch.value);
  const changed = patch.type === "JSONMerge" ? mergePatch(object, value) : strategicMerge(object, value);
  const problem = identityProblem(object, changed, making.infrastructure.key);
  if (problem !== undefined) throw new Error(`Cannot patch the ${object.kind} of its EnvoyProxy: ${problem}`);
  return changed as Manifest;
}

function identityProblem(object: Manifest, changed: Json, gateway: string): string | undefined {
  if (!isJsonObject(changed)) return "the patch is no object";
  const { metadata } = changed;
  const isSame =
    changed.apiVersion === object.apiVersion &&
    changed.kind === object.kind &&
    isJsonObject(metadata) &&
    metadata.name === object.metadata.name &&
    metadata.namespace === object.metadata.namespace;
  if (!isSame) return "apiVersion, kind, name and namespace cannot be changed";
  const { labels = null, annotations = null } = metadata;
  const kept = Object.entries(selectorLabels(gateway)).every(
    ([name, value]) => isJsonObject(labels) && labels[name] === value,
  );
  const owner = object.metadata.annotations[controllerAnnotation];
  if (!kept || !isJsonObject(annotations) || annotations[controllerAnnotation] !== owner) {
    return "the labels and annotations by which its owner is known cannot be changed";
  }
  return undefined;
}
