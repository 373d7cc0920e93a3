/** Conditions that are bad news. Pure. */
import { memoOn } from "../../lib/memo.ts";
import type { ObjectStatus, StatusBody } from "../../model/result.ts";
import type { Condition } from "../../resources/condition.ts";
import type { ObjectRef } from "../../resources/object.ts";

export interface Finding {
  readonly ref: ObjectRef;
  readonly condition: Condition;
  /** "warning": it works, and perhaps not as was meant. */
  readonly severity: "error" | "warning";
}

/** Conditions whose "True" is bad news. */
const badWhenTrue: Readonly<Record<string, Finding["severity"]>> = {
  Warning: "warning",
  RouteRulesOverlap: "warning",
  OverlappingTLSConfig: "warning",
  Overridden: "warning",
  Conflicted: "error",
  PartiallyInvalid: "error",
};
/** Those that only say "not yet" at the start. */
const onlyWaiting = new Set(["Pending", "AddressNotAssigned"]);

export function findings(statuses: readonly ObjectStatus[]): readonly Finding[] {
  return statuses.flatMap(findingsOf);
}

/** Once for each status: of thousands few change at a time. */
const findingsOf = memoOn(({ ref, body }: ObjectStatus): readonly Finding[] =>
  conditionsOf(body).flatMap((condition) => {
    const severity = severityOf(condition);
    return severity === undefined ? [] : [{ ref, condition, severity }];
  }),
);

/** "HTTPRoute default/web: Accepted=False NoMatchingParent: ...". */
export function formatFinding({ ref, condition }: Finding): string {
  const name = ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
  const { type, status, reason, message } = condition;
  return `${ref.kind} ${name}: ${type}=${status} ${reason}: ${message}`;
}

function severityOf({ type, status, reason }: Condition): Finding["severity"] | undefined {
  const whenTrue = badWhenTrue[type];
  if (whenTrue !== undefined) return status === "True" ? whenTrue : undefined;
  return status === "False" && !onlyWaiting.has(reason) ? "error" : undefined;
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
