import type { ObjectRef } from "../../resources/object.ts";
import type { ResourceSet } from "../../resources/resource-set.ts";

/** What an object is, in a few words for a line of the log; "" where its name says enough. */
export function describeObject({ kind, namespace, name }: ObjectRef, resources: ResourceSet): string {
  const key = `${namespace}/${name}`;
  switch (kind) {
    case "HTTPRoute":
      return counted(resources.httpRoutes.get(key)?.spec.rules?.length, "rule");
    case "Gateway":
      return counted(resources.gateways.get(key)?.spec.listeners.length, "listener");
    default:
      return "";
  }
}

function counted(count: number | undefined, what: string): string {
  return count === undefined ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
}
