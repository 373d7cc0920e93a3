import type { ModelIr, PoolIr } from "../../model/ir.ts";

/** A pool's InferenceModels and rewrites, made ready when the configuration changes, so that a request costs one look-up. */
export interface ModelIndex {
  /** No InferenceModels: the pool takes any model. */
  readonly takesAny: boolean;
  /** By InferenceModel, or by a rewrite of this name, which decides on the targets of both. */
  readonly byName: ReadonlyMap<string, ServedModel>;
  /** Where the pool takes any model: what the rewrite of all names makes of those not in `byName`. */
  readonly others?: ServedModel;
}

export interface ServedModel {
  readonly priority: number;
  /** Empty: the name stays. */
  readonly targets: readonly WeightedTarget[];
}

export interface WeightedTarget {
  readonly name: string;
  /** Share of this target and those before it, 0..1; 1 for the last. */
  readonly upTo: number;
}

/** Of what no InferenceModel and no objective says otherwise. */
export const standardPriority = 0;

export function createModelIndex({ models, rewrites = [] }: Pick<PoolIr, "models" | "rewrites">): ModelIndex {
  const byName = new Map<string, ServedModel>();
  for (const { name, priority, targets } of models) byName.set(name, { priority, targets: cumulate(targets) });
  const takesAny = models.length === 0;
  let others: ServedModel | undefined;
  for (const { model, targets } of rewrites) {
    const served = { priority: standardPriority, targets: cumulate(targets) };
    if (model !== undefined) byName.set(model, { ...served, ...priorityOf(byName.get(model)) });
    else if (takesAny) others = served;
  }
  return { takesAny, byName, ...(others === undefined ? {} : { others }) };
}

/** `random` is in 0..1, 1 excluded. */
export function drawTarget(model: ServedModel, random: number): string | undefined {
  return model.targets.find(({ upTo }) => random < upTo)?.name;
}

function priorityOf(known: ServedModel | undefined): Partial<ServedModel> {
  return known === undefined ? {} : { priority: known.priority };
}

function cumulate(targets: ModelIr["targets"]): readonly WeightedTarget[] {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  return targets.map(({ name, weight }, place) => {
    sum += weight;
    return { name, upTo: place === targets.length - 1 ? 1 : sum / total };
  });
}
