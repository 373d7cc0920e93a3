import { type Memo, memoOn } from "../lib/memo.ts";
import type { InferenceModel } from "../resources/kinds/inference-model.ts";
import { type InferencePool, poolSelector } from "../resources/kinds/inference-pool.ts";
import type { Service } from "../resources/kinds/service.ts";
import type { ByName } from "../resources/resource-set.ts";
import { poolCluster } from "./clusters.ts";
import { modelIrOf } from "./inference-models.ts";
import type { EndpointSourceIr, Origin, PoolIr, PoolKey } from "./ir.ts";
import type { ModelOptions } from "./model.ts";
import { originOf } from "./origins.ts";
import { choosePicker, type PickerChoice, pickerReference } from "./picker-choice.ts";
import { type PoolAnnotations, readPoolAnnotations } from "./pool-annotations.ts";

export interface PoolView {
  readonly object: InferencePool;
  readonly ir: PoolIr;
  readonly face: PoolFace;
  readonly picker: PickerChoice;
  /** Sentences about its annotations. */
  readonly warnings: readonly string[];
}

/** What routes depend on of a pool. It stays the identical object while only what the picker needs changes. */
export interface PoolFace {
  readonly key: PoolKey;
  readonly origin: Origin;
  readonly endpoints: EndpointSourceIr;
  readonly failOpen: boolean;
  /** Why nothing can be sent to it. */
  readonly problem?: string;
  readonly models: readonly { readonly name: string; readonly renamed: boolean }[];
}

export interface PoolMemory {
  readonly irs: Memo<PoolIr>;
  readonly faces: Memo<PoolFace>;
}

const annotationsOf = memoOn((pool: InferencePool): PoolAnnotations => readPoolAnnotations(pool.metadata.annotations));

export function viewPools(
  pools: ByName<InferencePool>,
  modelsByPool: ReadonlyMap<PoolKey, readonly InferenceModel[]>,
  services: ByName<Service>,
  options: ModelOptions,
  memory: PoolMemory,
): ReadonlyMap<PoolKey, PoolView> {
  const views = new Map<PoolKey, PoolView>();
  for (const key of [...pools.keys()].sort()) {
    const pool = pools.get(key) as InferencePool;
    const models = modelsByPool.get(key) ?? [];
    const picker = choosePicker(pool, services, options.mode);
    const ir = memory.irs.recall(key, [pool, ...models], () => poolIrOf(key, pool, models));
    const face = faceOf(pool, ir, picker);
    views.set(key, {
      object: pool,
      ir,
      face: memory.faces.recall(key, [JSON.stringify(face)], () => face),
      picker,
      warnings: annotationsOf(pool).warnings,
    });
  }
  return views;
}

function poolIrOf(key: PoolKey, pool: InferencePool, models: readonly InferenceModel[]): PoolIr {
  const { namespace, name } = pool.metadata;
  return {
    key,
    namespace,
    name,
    origin: originOf(pool),
    cluster: poolCluster(key),
    models: models.map(modelIrOf),
    settings: annotationsOf(pool).settings,
    endpoints: {
      kind: "pool",
      pool: key,
      namespace,
      selector: poolSelector(pool),
      targetPorts: targetPorts(pool),
      ...(speaksH2c(pool) ? { protocol: "h2c" } : {}),
    },
  };
}

function targetPorts(pool: InferencePool): readonly number[] {
  return pool.apiVersion === "inference.networking.k8s.io/v1"
    ? pool.spec.targetPorts.map(({ number }) => number)
    : [pool.spec.targetPortNumber];
}

function speaksH2c(pool: InferencePool): boolean {
  return pool.apiVersion === "inference.networking.k8s.io/v1" && pool.spec.appProtocol === "kubernetes.io/h2c";
}

function faceOf(pool: InferencePool, ir: PoolIr, picker: PickerChoice): PoolFace {
  const problem = picker.kind === "none" ? picker.message : undefined;
  return {
    key: ir.key,
    origin: ir.origin,
    endpoints: ir.endpoints,
    failOpen: pickerReference(pool)?.failureMode === "FailOpen",
    ...(problem === undefined ? {} : { problem }),
    models: ir.models.map(({ name, targets }) => ({ name, renamed: targets.some((target) => target.name !== name) })),
  };
}
