/** The objects that a document claims to hold. Pure. */
import type { FieldPath } from "../../resources/field-path.ts";
import type { KindDeclaration } from "../../resources/kind.ts";
import { findKind, nearestKind } from "../../resources/kind-table.ts";
import { storeKey } from "../../resources/references.ts";
import { isRecord } from "../../resources/structural.ts";
import type { Position } from "../location.ts";
import { positionIn, type SourceDocument, startOfDocument } from "./document.ts";

/** Something with a known kind and a name, not yet checked. */
export interface Candidate {
  readonly kind: KindDeclaration;
  readonly namespace: string;
  readonly name: string;
  /** As references.ts makes keys. */
  readonly key: string;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly document: SourceDocument;
  /** Where the object is in the document: [] or ["items", 3]. */
  readonly base: FieldPath;
}

export interface NoCandidate {
  readonly level: "rejected" | "warning";
  readonly document: SourceDocument;
  readonly path: FieldPath;
  readonly reason: string;
  readonly hint?: string;
  /** It may be an object that was admitted before, and cannot be told. */
  readonly hidesAnObject: boolean;
}

export type Found = { readonly candidate: Candidate } | { readonly problem: NoCandidate };

export function positionOf(candidate: Candidate, path: FieldPath, at: "key" | "value" = "value"): Position {
  return positionIn(candidate.document, [...candidate.base, ...path], at);
}

export function startOf({ document, base }: Candidate): Position {
  return base.length === 0 ? startOfDocument(document) : positionIn(document, base, "value");
}

export function candidatesOf(document: SourceDocument, defaultNamespace: string): readonly Found[] {
  return inValue(document, document.value, [], defaultNamespace);
}

function inValue(
  document: SourceDocument,
  value: unknown,
  base: FieldPath,
  defaultNamespace: string,
): readonly Found[] {
  const problem = (path: FieldPath, reason: string, hint?: string): readonly Found[] => [
    {
      problem: {
        level: "rejected",
        document,
        path: [...base, ...path],
        reason,
        ...(hint === undefined ? {} : { hint }),
        hidesAnObject: true,
      },
    },
  ];
  if (!isRecord(value)) return problem([], "must be a Kubernetes object with apiVersion, kind and metadata");
  const { apiVersion, kind: kindName, metadata } = value;
  if (apiVersion === undefined && kindName === undefined) return [{ problem: noObject(document, base) }];
  if (typeof kindName !== "string" || kindName === "") return problem(["kind"], "Required value");
  if (typeof apiVersion !== "string" || apiVersion === "") return problem(["apiVersion"], "Required value");
  if (kindName.endsWith("List") && Array.isArray(value["items"]))
    return value["items"].flatMap((item: unknown, index) =>
      inValue(document, withKindOfList(item, apiVersion, kindName), [...base, "items", index], defaultNamespace),
    );
  const kind = findKind(apiVersion, kindName);
  if (kind === undefined) return [{ problem: unknownKind(document, base, apiVersion, kindName) }];
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  if (typeof name !== "string" || name === "") return problem(["metadata", "name"], "Required value");
  const given = isRecord(metadata) ? metadata["namespace"] : undefined;
  const own = typeof given === "string" && given !== "" ? given : defaultNamespace;
  const namespace = kind.scope === "Namespaced" ? own : "";
  const key = storeKey({ apiVersion: `${kind.group}/${kind.version}`, kind: kindName, metadata: { name, namespace } });
  return [{ candidate: { kind, namespace, name, key, raw: value, document, base } }];
}

/** Items of a typed list, as "GatewayList", need not repeat their kind. */
function withKindOfList(item: unknown, apiVersion: string, listKind: string): unknown {
  const kind = listKind.slice(0, -"List".length);
  return kind === "" || !isRecord(item) ? item : { apiVersion, kind, ...item };
}

/** A directory may hold JSON and YAML of other programs. */
function noObject(document: SourceDocument, path: FieldPath): NoCandidate {
  const reason = "no Kubernetes object: it has no apiVersion and no kind, ignored";
  return { level: "warning", document, path, reason, hidesAnObject: true };
}

function unknownKind(document: SourceDocument, base: FieldPath, apiVersion: string, kind: string): NoCandidate {
  const nearest = nearestKind(apiVersion, kind);
  return {
    level: "warning",
    document,
    path: [...base, "kind"],
    reason: `${apiVersion} ${kind} is no kind that is read here, ignored`,
    ...(nearest === undefined ? {} : { hint: `did you mean "${nearest}"?` }),
    // A kind with a typing error was an object of a known kind a moment ago.
    hidesAnObject: nearest !== undefined,
  };
}
