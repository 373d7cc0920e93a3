/** Conditions that are bad news. Pure. */
import { memoOn } from "../../lib/memo.ts";
import type { ObjectStatus, StatusBody } from "../../model/result.ts";
import type { Condition } from "../../resources/condition.ts";
import type { ObjectRef } from "../../resources/object.ts";

export interface Finding {
  readonly ref: ObjectRef;
  /** Of a Gateway's listener. */
  readonly listener?: string;
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
  conditionsOf(body).flatMap((told) => {
    const severity = severityOf(told.condition);
    return severity === undefined ? [] : [{ ref, ...told, severity }];
  }),
);

/** "Gateway default/gw, listener https: ResolvedRefs=False InvalidCertificateRef: ...". */
export function formatFinding({ ref, listener, condition }: Finding): string {
  const name = ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
  const part = listener === undefined ? "" : `, listener ${listener}`;
  const { type, status, reason, message } = condition;
  return `${ref.kind} ${name}${part}: ${type}=${status} ${reason}: ${message}`;
}

function severityOf({ type, status, reason }: Condition): Finding["severity"] | undefined {
  const whenTrue = badWhenTrue[type];
  if (whenTrue !== undefined) return status === "True" ? whenTrue : undefined;
  return status === "False" && !onlyWaiting.has(reason) ? "error" : undefined;
}

type Told = Pick<Finding, "listener" | "condition">;

function conditionsOf(body: StatusBody): readonly Told[] {
  switch (body.kind) {
    case "conditions":
      return told(body.conditions);
    case "gateway":
      // A listener's "False" that means trouble is repeated in the Gateway's own only in part.
      return [
        ...told(withoutConsequence(body.conditions)),
        ...body.listeners.flatMap(({ name, conditions }) =>
          told(withoutConsequence(conditions.filter(({ type }) => type !== "Conflicted"))).map((each) => ({
            ...each,
            listener: name,
          })),
        ),
      ];
    case "parents":
      return body.parents.flatMap(({ conditions }) => told(conditions));
    case "ancestors":
      return body.ancestors.flatMap(({ conditions }) => told(conditions));
  }
}

function told(conditions: readonly Condition[]): readonly Told[] {
  return conditions.map((condition) => ({ condition }));
}

/** That nothing is programmed where something else is wrong is no news. */
function withoutConsequence(conditions: readonly Condition[]): readonly Condition[] {
  const isCaused = conditions.some((one) => one.type !== "Programmed" && severityOf(one) === "error");
  return isCaused ? conditions.filter(({ type }) => type !== "Programmed") : conditions;
}
