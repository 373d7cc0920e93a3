import type { PoolView } from "../../admin/pool-view.ts";
import { choosePicker, type PickerChoice } from "../../model/picker-choice.ts";
import { describeSettings } from "../../model/pool-annotations.ts";
import type { PickerState, PoolTable } from "../../picker/messages.ts";
import type { ResourceSet } from "../../resources/resource-set.ts";

/** A pool as the admin API shows it: what its object says, what the model made of it, and what the picker sees. */
export function poolViews(resources: ResourceSet, table: PoolTable, picker: PickerState): readonly PoolView[] {
  const models = new Map(table.pools.map(({ pool }) => [pool.key, pool.models]));
  const waiting = new Map(picker.queues.map((queue) => [queue.pool, queue.waiting]));
  return [...resources.inferencePools].map(([key, pool]) => {
    const members = picker.endpoints.filter(({ pools }) => pools.includes(key));
    return {
      pool: key,
      picker: pickerView(choosePicker(pool, resources.services, "files")),
      settings: describeSettings(pool.metadata.annotations),
      models: (models.get(key) ?? []).map(({ name, priority, targets }) => ({ name, priority, targets })),
      endpoints: Object.fromEntries(
        [...Map.groupBy(members, ({ state }) => state)].map(([state, { length }]) => [state, length]),
      ),
      waiting: waiting.get(key) ?? 0,
    };
  });
}

function pickerView(choice: PickerChoice): PoolView["picker"] {
  switch (choice.kind) {
    case "built-in":
      return { by: "built-in", why: choice.warning ?? "The pool references no endpoint picker" };
    case "none":
      return { by: "none", why: choice.message };
  }
}
