import { fairnessHeaders, objectiveHeaders } from "../lib/wire.ts";
import type { HeaderMutationIr } from "./ir.ts";

export interface ToldToPicker {
  /** Name of an InferenceObjective. */
  readonly objective?: string;
  readonly fairnessId?: string;
}

/**
 * What a rule says of its requests by the field's header names. Envoy changes headers only after the picker was asked,
 * so the values go to it another way too. Of several the rule's own counts before its backend's.
 */
export function toldToPicker(rule: HeaderMutationIr, backend: HeaderMutationIr): ToldToPicker {
  const given = [...rule.set, ...rule.add, ...backend.set, ...backend.add];
  const valueOf = (names: readonly string[]): string | undefined =>
    given.find(({ name, value }) => names.includes(name) && value !== "")?.value;
  const objective = valueOf(objectiveHeaders);
  const fairnessId = valueOf(fairnessHeaders);
  return { ...(objective === undefined ? {} : { objective }), ...(fairnessId === undefined ? {} : { fairnessId }) };
}
