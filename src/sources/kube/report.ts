/** What is told about an object of an API server: what became of it, what is wrong with it, or odd. */
import type { ObjectRef } from "../../resources/object.ts";

export interface KubeReport {
  /** "rejected": its last admitted state, if there is one, stays. */
  readonly level: "applied" | "changed" | "removed" | "rejected" | "warning";
  readonly object: ObjectRef;
  readonly fieldPath?: string;
  readonly reason: string;
  readonly hint?: string;
}

/** "HTTPRoute default/llm-route: rejected: spec.rules[0].weight: must be an integer, not "x"". */
export function formatKubeReport({ level, object, fieldPath = "", reason, hint }: KubeReport): string {
  const { kind, namespace, name } = object;
  const subject = `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
  const field = fieldPath === "" ? "" : ` ${fieldPath}:`;
  return `${subject}: ${level}:${field} ${reason}${hint === undefined ? "" : ` (${hint})`}`;
}
