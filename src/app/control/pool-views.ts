import type { PoolView } from "../../admin/pool-view.ts";
import { describeSettings } from "../../model/pool-annotations.ts";
import type { ModelResult, PickerInUse } from "../../model/result.ts";
import type { PickerState, PoolTable } from "../../picker/messages.ts";
import type { ResourceSet } from "../../resources/resource-set.ts";

/** A pool as the admin API shows it: what its object says, what the model made of it, and what the picker sees. */
export function poolViews(
  resources: ResourceSet,
  { pickers }: Pick<ModelResult, "pickers">,
  table: PoolTable,
  picker: PickerState,
): readonly PoolView[] {
  const models = new Map(table.pools.map(({ pool }) => [pool.key, pool.models]));
  const waiting = new Map(picker.queues.map((queue) => [queue.pool, queue.waiting]));
  return [...resources.inferencePools].map(([key, pool]) => {
    const members = picker.endpoints.filter(({ pools }) => pools.includes(key));
    return {
      pool: key,
      picker: pickerView(pickers.get(key)),
      settings: describeSettings(pool.metadata.annotations),
      models: (models.get(key) ?? []).map(({ name, priority, targets }) => ({ name, priority, targets })),
      endpoints: Object.fromEntries(
        [...Map.groupBy(members, ({ state }) => state)].map(([state, { length }]) => [state, length]),
      ),
      waiting: waiting.get(key) ?? 0,
    };
  });
}

function pickerView(inUse: PickerInUse | undefined): PoolView["picker"] {
  // Read from the cluster since the model last ran.
  if (inUse === undefined) return { by: "none", why: "The pool is not in effect yet" };
  const { kind, reason, picker } = inUse;
  return { by: kind, why: reason, ...(picker === undefined ? {} : { protocol: picker.chain }) };
}
