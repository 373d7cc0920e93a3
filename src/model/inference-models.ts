import { compareBy } from "../lib/compare.ts";
import { memoOn } from "../lib/memo.ts";
import type { InferenceModel } from "../resources/kinds/inference-model.ts";
import type { InferencePool } from "../resources/kinds/inference-pool.ts";
import { refOf } from "../resources/references.ts";
import type { ByName } from "../resources/resource-set.ts";
import { type Fact, isFalse, isTrue, isUnknown, stamp } from "./conditions.ts";
import type { ModelIr, PoolKey } from "./ir.ts";
import { originOf } from "./origins.ts";
import { compareAge } from "./precedence.ts";
import type { ObjectStatus } from "./result.ts";

export interface ModelsOfPools {
  /** The InferenceModels in effect, by pool and in the order of their names. */
  readonly byPool: ReadonlyMap<PoolKey, readonly InferenceModel[]>;
  readonly statuses: readonly ObjectStatus[];
}

const poolVersions: Readonly<Record<string, string>> = {
  "inference.networking.k8s.io": "v1",
  "inference.networking.x-k8s.io": "v1alpha2",
};

/** The key of the pool that a reference in `namespace` means; undefined where the group is not one of a pool. */
export function poolKeyOf(
  ref: { readonly group: string; readonly name: string },
  namespace: string,
): PoolKey | undefined {
  const version = poolVersions[ref.group];
  return version === undefined ? undefined : `${version}/${namespace}/${ref.name}`;
}

/** Of several InferenceModels of one pool and one name the oldest is in effect. */
export function assignModels(models: ByName<InferenceModel>, pools: ByName<InferencePool>): ModelsOfPools {
  const byPool = new Map<PoolKey, InferenceModel[]>();
  const statuses: ObjectStatus[] = [];
  for (const model of [...models.values()].sort(compareAge)) {
    const { poolRef, modelName } = model.spec;
    const key = poolRef.kind === "InferencePool" ? poolKeyOf(poolRef, model.metadata.namespace) : undefined;
    if (key === undefined || !pools.has(key)) {
      const message = `${poolRef.kind} ${model.metadata.namespace}/${poolRef.name} of group ${poolRef.group} does not exist`;
      statuses.push(statusOf(model, isUnknown("Accepted", "Pending", message)));
      continue;
    }
    const inPool = byPool.get(key) ?? [];
    byPool.set(key, inPool);
    const holder = inPool.find((other) => other.spec.modelName === modelName);
    if (holder === undefined) {
      inPool.push(model);
      statuses.push(statusOf(model, isTrue("Accepted", "Accepted", "InferenceModel is accepted")));
    } else {
      const message = `Model "${modelName}" of the pool is served by InferenceModel ${holder.metadata.name}, which is older`;
      statuses.push(statusOf(model, isFalse("Accepted", "ModelNameInUse", message)));
    }
  }
  for (const inPool of byPool.values()) inPool.sort(compareBy((model) => model.spec.modelName));
  return { byPool, statuses };
}

const priorities = { Critical: 1, Standard: 0, Sheddable: -1 } as const;

export const modelIrOf = memoOn((model: InferenceModel): ModelIr => {
  const { modelName, criticality, targetModels } = model.spec;
  // Weights are set for all or for none; without any, each target is as likely as another.
  const targets = (targetModels ?? []).map(({ name, weight }) => ({ name, weight: weight ?? 1 }));
  return {
    name: modelName,
    origin: originOf(model),
    priority: priorities[criticality ?? "Standard"],
    targets: targets.length > 0 ? targets : [{ name: modelName, weight: 1 }],
  };
});

function statusOf(model: InferenceModel, fact: Fact): ObjectStatus {
  const { generation } = model.metadata;
  return {
    ref: refOf(model),
    generation,
    body: { kind: "conditions", conditions: stamp([fact], generation) },
  };
}
