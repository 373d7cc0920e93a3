import { memoOn } from "../lib/memo.ts";
import type { InferenceObjective } from "../resources/kinds/inference-objective.ts";
import type { InferencePool } from "../resources/kinds/inference-pool.ts";
import { refOf } from "../resources/references.ts";
import type { ByName } from "../resources/resource-set.ts";
import { type Fact, isTrue, isUnknown, stamp } from "./conditions.ts";
import { poolKeyOf } from "./inference-models.ts";
import type { ObjectiveIr, PoolKey } from "./ir.ts";
import { originOf } from "./origins.ts";
import type { ObjectStatus } from "./result.ts";

/** An object that belongs to the pool that it names. */
export interface OfPool {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly generation: number;
    readonly creationTimestamp?: string;
  };
  readonly spec: { readonly poolRef: { readonly group: string; readonly kind: string; readonly name: string } };
}

export interface Assigned<T> {
  /** In the order of the input. */
  readonly byPool: ReadonlyMap<PoolKey, readonly T[]>;
  readonly statuses: readonly ObjectStatus[];
}

/** Each to its pool; one whose pool does not exist waits for it. */
export function assignToPools<T extends OfPool>(objects: readonly T[], pools: ByName<InferencePool>): Assigned<T> {
  const byPool = new Map<PoolKey, T[]>();
  const statuses: ObjectStatus[] = [];
  for (const object of objects) {
    const { poolRef } = object.spec;
    const key = poolRef.kind === "InferencePool" ? poolKeyOf(poolRef, object.metadata.namespace) : undefined;
    if (key === undefined || !pools.has(key)) {
      const message = `${poolRef.kind} ${object.metadata.namespace}/${poolRef.name} of group ${poolRef.group} does not exist`;
      statuses.push(statusOf(object, isUnknown("Accepted", "Pending", message)));
      continue;
    }
    const inPool = byPool.get(key) ?? [];
    byPool.set(key, inPool);
    inPool.push(object);
    statuses.push(statusOf(object, isTrue("Accepted", "Accepted", `${object.kind} is accepted`)));
  }
  return { byPool, statuses };
}

export const objectiveIrOf = memoOn(
  (objective: InferenceObjective): ObjectiveIr => ({
    name: objective.metadata.name,
    origin: originOf(objective),
    priority: objective.spec.priority ?? 0,
  }),
);

function statusOf(object: OfPool, fact: Fact): ObjectStatus {
  const { generation } = object.metadata;
  return { ref: refOf(object), generation, body: { kind: "conditions", conditions: stamp([fact], generation) } };
}
