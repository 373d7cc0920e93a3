/** The status of objects as lines: one per condition, wherever the kind keeps it. */
import type { StatusView } from "./ports.ts";
import { formatTable } from "./table.ts";

interface Row {
  readonly object: StatusView;
  readonly condition: FoundCondition | undefined;
}

export function statusTable(statuses: readonly StatusView[]): string {
  const rows = statuses.flatMap((object): readonly Row[] => {
    const found = conditionsIn(object.status, "");
    return found.length === 0 ? [{ object, condition: undefined }] : found.map((condition) => ({ object, condition }));
  });
  return formatTable<Row>(
    [
      { head: "KIND", cell: ({ object }) => object.kind },
      { head: "OBJECT", cell: ({ object }) => (object.namespace === "" ? "" : `${object.namespace}/`) + object.name },
      { head: "FOR", cell: ({ condition }) => condition?.part },
      { head: "CONDITION", cell: ({ condition }) => condition?.type },
      { head: "STATUS", cell: ({ condition }) => condition?.status },
      { head: "REASON", cell: ({ condition }) => condition?.reason },
      { head: "MESSAGE", cell: ({ condition }) => condition?.message },
    ],
    rows,
  );
}

interface FoundCondition {
  readonly part: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Each kind keeps its conditions somewhere else; the part that they are about has a name or a reference. */
function conditionsIn(value: unknown, part: string): readonly FoundCondition[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => conditionsIn(item, part));
  if (typeof value !== "object" || value === null) return [];
  const fields = value as { readonly [field: string]: unknown };
  const own = partOf(fields) ?? part;
  return Object.entries(fields).flatMap(([field, inner]) =>
    field === "conditions" && Array.isArray(inner)
      ? inner.map((condition: Omit<FoundCondition, "part">) => ({ ...condition, part: own }))
      : conditionsIn(inner, own),
  );
}

function partOf(fields: { readonly [field: string]: unknown }): string | undefined {
  const reference = fields["parentRef"] ?? fields["ancestorRef"];
  if (typeof reference === "object" && reference !== null && "name" in reference) {
    const section = "sectionName" in reference ? `/${String(reference.sectionName)}` : "";
    return `${String(reference.name)}${section}`;
  }
  return typeof fields["name"] === "string" ? fields["name"] : undefined;
}
