import type { ObjectStatus, StatusBody } from "../../model/result.ts";
import type { Log } from "../../observe/log.ts";
import type { Condition } from "../../resources/condition.ts";
import { type ObjectRef, objectKey } from "../../resources/object.ts";

/** Conditions whose "True" is bad news. */
const badWhenTrue = new Set([
  "Warning",
  "Conflicted",
  "PartiallyInvalid",
  "RouteRulesOverlap",
  "OverlappingTLSConfig",
  "Overridden",
]);
/** Those that only say "not yet" at the start. */
const onlyWaiting = new Set(["Pending", "NoResources", "AddressNotAssigned"]);

interface Finding {
  readonly ref: ObjectRef;
  readonly condition: Condition;
}

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
    for (const { ref, condition } of statuses.flatMap(findings)) {
      const { type, status, reason, message } = condition;
      const key = [objectKey(ref), ref.group, type, reason, message].join("\n");
      if (!seen.has(key) && !this.#told.has(key)) {
        const name = ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
        const text = `${this.#locate(ref)}${ref.kind} ${name}: ${type}=${status} ${reason}: ${message}`;
        this.#log.warn({ kind: ref.kind, object: name, type, status, reason, detail: message, text }, "condition");
      }
      seen.add(key);
    }
    this.#told = seen;
  }
}

function findings({ ref, body }: ObjectStatus): readonly Finding[] {
  return conditionsOf(body)
    .filter(({ type, status, reason }) =>
      badWhenTrue.has(type) ? status === "True" : status === "False" && !onlyWaiting.has(reason),
    )
    .map((condition) => ({ ref, condition }));
}

function conditionsOf(body: StatusBody): readonly Condition[] {
  switch (body.kind) {
    case "conditions":
      return body.conditions;
    case "gateway":
      // A listener's "False" that means trouble is repeated in the Gateway's own only in part.
      return [
        ...body.conditions,
        ...body.listeners.flatMap(({ conditions }) => conditions.filter(({ type }) => type !== "Conflicted")),
      ];
    case "parents":
      return body.parents.flatMap(({ conditions }) => conditions);
    case "ancestors":
      return body.ancestors.flatMap(({ conditions }) => conditions);
  }
}
