import type { ModelIr } from "../../model/ir.ts";

/** A pool's InferenceModels, made ready when the configuration changes, so that a request costs one look-up. */
export interface ModelIndex {
  /** No InferenceModels: the pool takes any model. */
  readonly takesAny: boolean;
  readonly byName: ReadonlyMap<string, ServedModel>;
}

export interface ServedModel {
  readonly priority: number;
  readonly targets: readonly WeightedTarget[];
}

export interface WeightedTarget {
  readonly name: string;
  /** Share of this target and those before it, 0..1; 1 for the last. */
  readonly upTo: number;
}

export function createModelIndex(models: readonly ModelIr[]): ModelIndex {
  const byName = new Map<string, ServedModel>();
  for (const { name, priority, targets } of models) byName.set(name, { priority, targets: cumulate(targets) });
  return { takesAny: models.length === 0, byName };
}

/** `random` is in 0..1, 1 excluded. */
export function drawTarget(model: ServedModel, random: number): string | undefined {
  return model.targets.find(({ upTo }) => random < upTo)?.name;
}

function cumulate(targets: ModelIr["targets"]): readonly WeightedTarget[] {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  return targets.map(({ name, weight }, place) => {
    sum += weight;
    return { name, upTo: place === targets.length - 1 ? 1 : sum / total };
  });
}
