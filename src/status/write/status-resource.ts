import type { KubeResource } from "../../kube/api.ts";
import { kinds } from "../../resources/kind-table.ts";
import type { ObjectRef } from "../../resources/object.ts";

const byGroupAndKind = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]));

export function statusResource({ group, kind }: ObjectRef): KubeResource {
  const found = byGroupAndKind.get(`${group}/${kind}`);
  if (found === undefined)
    throw new Error(`Cannot write the status of ${kind}: no kind ${kind} of "${group}" is known`);
  const { version, plural, scope } = found;
  return { group, version, kind, plural, scope };
}
