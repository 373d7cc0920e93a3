/** What a user is told about files: one structured value per thing that happened, and its one line of text. */
import type { ObjectRef } from "../../resources/object.ts";
import type { Place } from "../location.ts";

export interface Report extends Place {
  readonly level: "applied" | "changed" | "removed" | "rejected" | "warning";
  readonly object?: ObjectRef;
  readonly fieldPath?: string;
  readonly reason: string;
  readonly hint?: string;
}

/** "routes.yaml:12:5: rejected HTTPRoute default/llm-route: spec.rules[0].backendRefs[0].weight: must be an integer, not "x"". */
export function formatReport(report: Report): string {
  const { file, line, column, level, object, fieldPath = "", reason, hint } = report;
  const subject = object === undefined ? "" : ` ${formatRef(object)}`;
  const field = fieldPath === "" ? "" : ` ${fieldPath}:`;
  const help = hint === undefined ? "" : ` (${hint})`;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}: ${level}${subject}${subject === "" && field === "" && reason === "" ? "" : ":"}${field} ${reason}${help}`.trimEnd();
}

export function formatRef({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
