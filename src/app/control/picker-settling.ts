import type { PoolKey } from "../../model/ir.ts";
import type { ModelOptions } from "../../model/model.ts";
import { choosePicker, type PickerChoice, pickerReference, pickerService } from "../../model/picker-choice.ts";
import type { PickerFacts } from "../../model/picker-facts.ts";
import type { InferencePool } from "../../resources/kinds/inference-pool.ts";
import type { Service } from "../../resources/kinds/service.ts";
import type { ResourceSet } from "../../resources/resource-set.ts";

/** How long a pool's picker must have been another one before it counts. */
const settleMs = 5_000;

export interface Settled {
  readonly unsettled: PickerFacts["unsettled"];
  /** When the next of them settles, if nothing changes; absent: all have. */
  readonly dueInMs?: number;
}

interface Standing {
  /** What the pool names. */
  readonly reference: string;
  readonly service: Service | undefined;
  /** On the clock's monotonic time; absent: nothing else is asked for. */
  readonly otherSinceMs?: number;
}

/**
 * Keeps a pool's picker while its Service comes and goes: a Service that is made anew, or a control plane that is
 * removed and installed again, would send requests from one picker to another and back.
 */
export class PickerSettling {
  readonly #mode: ModelOptions["mode"];
  #standings: ReadonlyMap<PoolKey, Standing> = new Map();

  constructor(mode: ModelOptions["mode"]) {
    this.#mode = mode;
  }

  settle({ inferencePools, services }: Pick<ResourceSet, "inferencePools" | "services">, nowMs: number): Settled {
    const standings = new Map<PoolKey, Standing>();
    const unsettled = new Map<PoolKey, Service | undefined>();
    let dueInMs: number | undefined;
    for (const [key, pool] of inferencePools) {
      const standing = this.#standing(key, pool, pickerService(pool, services), nowMs);
      standings.set(key, standing);
      if (standing.otherSinceMs === undefined) continue;
      unsettled.set(key, standing.service);
      dueInMs = Math.min(dueInMs ?? settleMs, standing.otherSinceMs + settleMs - nowMs);
    }
    this.#standings = standings;
    return dueInMs === undefined ? { unsettled } : { unsettled, dueInMs };
  }

  #standing(key: PoolKey, pool: InferencePool, service: Service | undefined, nowMs: number): Standing {
    const reference = JSON.stringify(pickerReference(pool) ?? null);
    const now: Standing = { reference, service };
    const last = this.#standings.get(key);
    // Who edits the reference means it.
    if (last === undefined || last.reference !== reference) return now;
    const kept = this.#kindOf(pool, last.service);
    // Nobody is served by a picker that there is not.
    if (kept === this.#kindOf(pool, service) || kept === "none") return now;
    const otherSinceMs = last.otherSinceMs ?? nowMs;
    return nowMs - otherSinceMs >= settleMs ? now : { ...last, otherSinceMs };
  }

  #kindOf(pool: InferencePool, service: Service | undefined): PickerChoice["kind"] {
    return choosePicker(pool, service, this.#mode).kind;
  }
}
