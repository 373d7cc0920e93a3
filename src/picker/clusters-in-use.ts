import type { ClusterKey } from "../model/ir.ts";

/** Clusters that a waiting or running request names: they must not be removed from a proxy. */
export class ClustersInUse {
  readonly #counts = new Map<ClusterKey, number>();
  readonly #onChange: () => void;

  /** `onChange`: a cluster is named for the first time, or no more. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get counts(): Readonly<Record<ClusterKey, number>> {
    return Object.fromEntries(this.#counts);
  }

  add(cluster: ClusterKey): void {
    const count = this.#counts.get(cluster) ?? 0;
    this.#counts.set(cluster, count + 1);
    if (count === 0) this.#onChange();
  }

  remove(cluster: ClusterKey): void {
    const count = this.#counts.get(cluster) ?? 0;
    if (count > 1) this.#counts.set(cluster, count - 1);
    else if (this.#counts.delete(cluster)) this.#onChange();
  }
}
