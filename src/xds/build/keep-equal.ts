import type { XdsResource } from "../snapshot.ts";

type Resources = ReadonlyMap<string, XdsResource>;

/** The resources by name; what equals what was built before keeps its identity, up to the whole map. */
export function keepEqual(before: Resources | undefined, built: readonly XdsResource[]): Resources {
  const resources = new Map(built.map((resource) => [resource.name, kept(before?.get(resource.name), resource)]));
  const same = before?.size === resources.size && [...resources.values()].every((one) => before.get(one.name) === one);
  return before !== undefined && same ? before : resources;
}

function kept(before: XdsResource | undefined, built: XdsResource): XdsResource {
  const same =
    before !== undefined &&
    before.version === built.version &&
    equal(before.needs, built.needs) &&
    equal(before.secrets ?? [], built.secrets ?? []) &&
    equal(before.origins, built.origins);
  return same ? before : built;
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
