import { parse } from "yaml";
import { type Admission, admit, type Resource } from "../../src/resources/admit.ts";
import { formatFieldPath } from "../../src/resources/field-path.ts";
import { findKind } from "../../src/resources/kind-table.ts";

export function parseYaml(text: string): Readonly<Record<string, unknown>> {
  return parse(text) as Readonly<Record<string, unknown>>;
}

/** Admits one object of a declared kind. */
export function admitYaml(text: string, previous?: Resource): Admission {
  const raw = parseYaml(text);
  const kind = findKind(String(raw["apiVersion"]), String(raw["kind"]));
  if (kind === undefined) throw new Error(`Cannot admit ${text}: no such kind`);
  return admit(kind, raw, { defaultNamespace: "default", ...(previous === undefined ? {} : { previous }) });
}

/** "path: reason" of each error. */
export function errorsOf(admission: Admission): readonly string[] {
  return "errors" in admission ? admission.errors.map(({ path, reason }) => `${formatFieldPath(path)}: ${reason}`) : [];
}

export function objectOf<T extends Resource>(admission: Admission): T {
  if ("errors" in admission) throw new Error(errorsOf(admission).join("; "));
  return admission.object as T;
}
