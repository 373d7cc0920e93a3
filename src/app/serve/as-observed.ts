import type { GatewayAddress, ObjectStatus } from "../../model/result.ts";
import type { Condition } from "../../resources/condition.ts";
import { finalStatuses } from "../../status/final-statuses.ts";
import { fieldsOf, listOf } from "../../status/write/fields.ts";

/** Conditions that depend on proxies, or on what time it is. */
const proxiesSay: ReadonlySet<unknown> = new Set(["Programmed", "Warning"]);

/**
 * Statuses where no proxy is listened to: what proxies say of a Gateway (its addresses, and the conditions that the
 * model does not give) stays as the object has it.
 */
export function statusesAsObserved(
  statuses: readonly ObjectStatus[],
  observed: (ref: ObjectStatus["ref"]) => unknown,
): readonly ObjectStatus[] {
  // Of a Gateway that is not accepted proxies have nothing to say.
  return finalStatuses(statuses, new Map()).map((final, index) => {
    const status = statuses[index] ?? final;
    return isServed(status) ? asObserved(status, fieldsOf(observed(status.ref))) : final;
  });
}

function isServed({ body }: ObjectStatus): boolean {
  return (
    body.kind === "gateway" && body.conditions.some(({ type, status }) => type === "Accepted" && status === "True")
  );
}

function asObserved(status: ObjectStatus, observed: ReturnType<typeof fieldsOf>): ObjectStatus {
  const { body } = status;
  if (body.kind !== "gateway") return status;
  const before = new Map(listOf(observed["listeners"]).map((listener) => [listener["name"], listener]));
  const conditions = withOthers(body.conditions, observed["conditions"]);
  const listeners = body.listeners.map((listener) => ({
    ...listener,
    conditions: withOthers(listener.conditions, before.get(listener.name)?.["conditions"]),
  }));
  // As the API server has validated them.
  const addresses = listOf(observed["addresses"]) as unknown as readonly GatewayAddress[];
  return { ...status, body: { ...body, conditions, listeners, addresses } };
}

function withOthers(ours: readonly Condition[], observed: unknown): readonly Condition[] {
  const given = new Set<unknown>(ours.map(({ type }) => type));
  const others = listOf(observed).filter(({ type }) => proxiesSay.has(type) && !given.has(type));
  // With their times, which the writer sets again.
  return [...ours, ...(others as unknown as readonly Condition[])];
}
