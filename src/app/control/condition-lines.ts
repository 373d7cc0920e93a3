import type { ObjectStatus } from "../../model/result.ts";
import type { Log } from "../../observe/log.ts";
import { type ObjectRef, objectKey } from "../../resources/object.ts";
import { findings, formatFinding } from "./findings.ts";

/** Tells of each condition that is bad news once, when it appears, as nobody watches statuses on a laptop. */
export class ConditionLines {
  readonly #log: Log;
  readonly #locate: (ref: ObjectRef) => string;
  #told = new Set<string>();

  /** `locate`: "file:line:column: " of an object, or "". */
  constructor(options: { readonly log: Log; readonly locate: (ref: ObjectRef) => string }) {
    this.#log = options.log;
    this.#locate = options.locate;
  }

  update(statuses: readonly ObjectStatus[]): void {
    const seen = new Set<string>();
    for (const finding of findings(statuses)) {
      const { ref, listener, condition } = finding;
      const { type, status, reason, message } = condition;
      const key = [objectKey(ref), ref.group, listener, type, reason, message].join("\n");
      if (!seen.has(key) && !this.#told.has(key)) {
        const object = ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
        const text = `${this.#locate(ref)}${formatFinding(finding)}`;
        const where = { kind: ref.kind, object, ...(listener !== undefined && { listener }) };
        this.#log.warn({ ...where, type, status, reason, detail: message, text }, "condition");
      }
      seen.add(key);
    }
    this.#told = seen;
  }
}
