/** What a reflector tells of one kind becomes changes of the store, raw statuses and reports. */
import type { KubeObject, KubeResource } from "../../kube/api.ts";
import { admit, type Resource } from "../../resources/admit.ts";
import { formatFieldPath } from "../../resources/field-path.ts";
import { apiVersionOf, type KindDeclaration } from "../../resources/kind.ts";
import type { ObjectRef } from "../../resources/object.ts";
import { storeKey } from "../../resources/references.ts";
import type { Finding } from "../../resources/structural.ts";
import type { Batch } from "./batch.ts";
import type { ObservedTable } from "./observed.ts";
import type { KubeReport } from "./report.ts";
import { slim } from "./slim.ts";

export interface IntakeOptions {
  readonly kind: KindDeclaration;
  readonly batch: Batch;
  /** Absent for kinds whose status nobody here writes. */
  readonly observed: ObservedTable | undefined;
  readonly onReport: (report: KubeReport) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  /** "namespace/name" of all that the server was seen to have, also of what was rejected. */
  readonly #names = new Set<string>();
  /** What was reported of an object: said again only when it changes. */
  readonly #told = new Map<string, string>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  put(object: KubeObject, resource: KubeResource): void {
    const { kind, batch, observed } = this.#options;
    const ref = this.#refOf(object.metadata.namespace ?? "", object.metadata.name);
    const name = nameOf(ref);
    this.#names.add(name);
    observed?.put(ref, object, resource);
    const raw = slim(kind, object);
    const key = this.#keyOf(ref);
    const known = batch.get(key);
    const previous = known?.metadata.uid === raw.metadata.uid ? known : undefined;
    if (observed !== undefined && previous !== undefined && isSameByGeneration(previous, raw)) return;
    const admission = admit(kind, raw, {
      defaultNamespace: "default",
      ...(previous === undefined ? {} : { previous }),
    });
    if ("object" in admission) batch.put(key, admission.object);
    // Another object of the same name: what the one before was is gone with it.
    else if (previous === undefined) batch.remove(key);
    this.#report(ref, "errors" in admission ? admission.errors : [], admission.warnings);
  }

  /** "namespace/name". */
  remove(name: string): void {
    const { batch, observed } = this.#options;
    const slash = name.indexOf("/");
    const ref = this.#refOf(name.slice(0, slash), name.slice(slash + 1));
    this.#names.delete(name);
    this.#told.delete(name);
    observed?.remove(ref);
    batch.remove(this.#keyOf(ref));
  }

  /** What was there and is not among the names was deleted while nobody watched. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of [...this.#names]) if (!names.has(name)) this.remove(name);
  }

  #report(ref: ObjectRef, errors: readonly Finding[], warnings: readonly Finding[]): void {
    const reports = [
      ...errors.map((finding) => reportOf("rejected", ref, finding)),
      ...warnings.map((finding) => reportOf("warning", ref, finding)),
    ];
    const text = JSON.stringify(reports);
    const before = this.#told.get(nameOf(ref));
    if (reports.length === 0) this.#told.delete(nameOf(ref));
    else this.#told.set(nameOf(ref), text);
    if (text !== before) for (const report of reports) this.#options.onReport(report);
  }

  #refOf(namespace: string, name: string): ObjectRef {
    const { group, kind } = this.#options.kind;
    return { group, kind, namespace, name };
  }

  #keyOf({ kind, namespace, name }: ObjectRef): string {
    return storeKey({ apiVersion: apiVersionOf(this.#options.kind), kind, metadata: { namespace, name } });
  }
}

function nameOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}

/** Of kinds with a status the server counts changes of the spec: a write to the status need not be read. */
function isSameByGeneration({ metadata: one }: Resource, { metadata: other }: KubeObject): boolean {
  const { generation, labels = {}, annotations = {}, deletionTimestamp } = other;
  return (
    one.generation === generation &&
    one.deletionTimestamp === deletionTimestamp &&
    JSON.stringify([one.labels, one.annotations]) === JSON.stringify([labels, annotations])
  );
}

function reportOf(level: KubeReport["level"], object: ObjectRef, { path, reason, hint }: Finding): KubeReport {
  return { level, object, fieldPath: formatFieldPath(path), reason, ...(hint === undefined ? {} : { hint }) };
}
