import type { Condition } from "../resources/condition.ts";

/** A condition before it is stamped with the generation that it was seen at. */
export type Fact = Omit<Condition, "observedGeneration">;

export function isTrue(type: string, reason: string, message: string): Fact {
  return { type, status: "True", reason, message };
}

export function isFalse(type: string, reason: string, message: string): Fact {
  return { type, status: "False", reason, message };
}

export function isUnknown(type: string, reason: string, message: string): Fact {
  return { type, status: "Unknown", reason, message };
}

export interface Warned {
  readonly reason: string;
  readonly message: string;
}

/** Kubernetes keeps one condition per type, so several warnings share one; Envoy Gateway's reason for that is "Warnings". */
export function warningOf(warnings: readonly Warned[]): readonly Fact[] {
  const [first, ...more] = warnings;
  if (first === undefined) return [];
  const message = warnings.map((one) => one.message).join("; ");
  return [isTrue("Warning", more.every((one) => one.reason === first.reason) ? first.reason : "Warnings", message)];
}

export function notInEffect(fields: readonly string[]): readonly Warned[] {
  if (fields.length === 0) return [];
  return [{ reason: "NotInEffect", message: `Not in effect yet: ${fields.join(", ")}` }];
}

export function stamp(facts: readonly Fact[], generation: number): readonly Condition[] {
  return facts.map((fact) => ({ ...fact, observedGeneration: generation }));
}
