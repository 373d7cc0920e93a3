import type { KubeObject } from "../../kube/api.ts";
import { controllerAnnotation, labelNames, managedBy, selectorLabels } from "./labels.ts";

/** "kind/name": all are in one namespace. */
export function objectKey(object: { readonly kind: string; readonly metadata: { readonly name: string } }): string {
  return `${object.kind}/${object.metadata.name}`;
}

/** Which Gateway an object is labelled with; of two keys the same only where they are one Gateway. */
export function ownerOf({ metadata: { labels = {} } }: KubeObject): string {
  return ownerKey(labels);
}

export function ownerOfGateway(gateway: string): string {
  return ownerKey(selectorLabels(gateway));
}

function ownerKey(labels: Readonly<Record<string, string>>): string {
  return `${labels[labelNames.owningNamespace] ?? ""}/${labels[labelNames.owningGateway] ?? ""}`;
}

/** We made it, or took it over. */
export function isOurs({ metadata }: KubeObject, controllerName: string): boolean {
  return metadata.annotations?.[controllerAnnotation] === controllerName;
}

/**
 * Why an object that has the wanted name must not be touched. Undefined: it may: it is this Gateway's, and nobody's or
 * ours. Nobody's are those that Envoy Gateway has left.
 */
export function foreignProblem(object: KubeObject, gateway: string, controllerName: string): string | undefined {
  const { labels = {}, annotations = {}, name, namespace } = object.metadata;
  const what = `${object.kind} ${namespace ?? ""}/${name}`;
  // Our annotation stays where somebody took the label away.
  const hasLabel = labels[labelNames.managedBy] === managedBy || isOurs(object, controllerName);
  if (!hasLabel) return `Cannot apply ${what}: one exists that is not this Gateway's`;
  if (ownerOf(object) !== ownerOfGateway(gateway)) return `Cannot apply ${what}: it is of Gateway ${ownerOf(object)}`;
  const controller = annotations[controllerAnnotation];
  if (controller === undefined || controller === controllerName) return undefined;
  return `Cannot apply ${what}: it is of controller ${controller}`;
}

/** Left by Envoy Gateway: what it alone had set has to go. */
export function isAdopted({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[controllerAnnotation] === undefined;
}
