import type { ObjectStatus, StatusBody } from "../model/result.ts";
import type { Condition } from "../resources/condition.ts";
import { objectKey } from "../resources/object.ts";
import type { Programming } from "./final-statuses.ts";

/** How the message of each condition begins that tells of a refusal. */
export const refusedWords = "A proxy refused";

export function isRefusal({ type, status, message }: Condition): boolean {
  return type === "Programmed" && status === "False" && message.startsWith(refusedWords);
}

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
        message: `${refusedWords} it; what was accepted before stays in effect: ${reason}`,
        observedGeneration: generation,
      } as const;
      return { ...parent, conditions: [...parent.conditions, refused] };
    }),
  };
}
