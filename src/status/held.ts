import type { ObjectStatus, ParentStatus, StatusBody } from "../model/result.ts";
import type { Condition } from "../resources/condition.ts";
import { objectKey } from "../resources/object.ts";
import type { Programming } from "./final-statuses.ts";

/** How the message of each condition begins that tells of a refusal. */
export const refusedWords = "A proxy refused";

export function isRefusal({ type, status, message }: Condition): boolean {
  return type === "Programmed" && status === "False" && message.startsWith(refusedWords);
}

type ParentsBody = StatusBody & { readonly kind: "parents" };

/** An object that a proxy of a Gateway refused says so on that Gateway's parent; any other is the identical one. */
export function withRefusals(
  status: ObjectStatus,
  body: ParentsBody,
  programming: ReadonlyMap<string, Programming>,
): ObjectStatus {
  const key = objectKey(status.ref);
  const reasonOf = ({ ref }: ParentStatus): string | undefined =>
    programming.get(`${ref.namespace}/${ref.name}`)?.held.get(key);
  if (body.parents.every((parent) => reasonOf(parent) === undefined)) return status;
  const parents = body.parents.map((parent) => {
    const reason = reasonOf(parent);
    if (reason === undefined) return parent;
    const refused = {
      type: "Programmed",
      status: "False",
      reason: "Invalid",
      message: `${refusedWords} it; what was accepted before stays in effect: ${reason}`,
      observedGeneration: status.generation,
    } as const;
    return { ...parent, conditions: [...parent.conditions, refused] };
  });
  return { ...status, body: { ...body, parents } };
}
