import type { ObjectStatus, StatusBody } from "../model/result.ts";
import { objectKey } from "../resources/object.ts";
import type { Programming } from "./final-statuses.ts";

type ParentsBody = StatusBody & { readonly kind: "parents" };

/** An object that a proxy of a Gateway refused says so on that Gateway's parent. */
export function heldParents(
  { ref, generation }: ObjectStatus,
  body: ParentsBody,
  programming: ReadonlyMap<string, Programming>,
): ParentsBody {
  const key = objectKey(ref);
  return {
    ...body,
    parents: body.parents.map((parent) => {
      const reason = programming.get(`${parent.ref.namespace}/${parent.ref.name}`)?.held.get(key);
      if (reason === undefined) return parent;
      const refused = {
        type: "Programmed",
        status: "False",
        reason: "Invalid",
        message: `A proxy refused it; what was accepted before stays in effect: ${reason}`,
        observedGeneration: generation,
      } as const;
      return { ...parent, conditions: [...parent.conditions, refused] };
    }),
  };
}
