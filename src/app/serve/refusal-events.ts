import type { EventRecorder } from "../../kube/events.ts";
import type { ObjectStatus } from "../../model/result.ts";
import { heldEvents } from "../../status/held-events.ts";
import type { ObservedObjects } from "../../status/write/observed.ts";

export interface RefusalEventsOptions {
  readonly recorder: EventRecorder;
  readonly observed: Pick<ObservedObjects, "get">;
  readonly isOwner: () => boolean;
}

/** Told of each list of statuses, the owner writes Events of what proxies refuse, and of what they take again. */
export function createRefusalEvents(options: RefusalEventsOptions): (statuses: readonly ObjectStatus[]) => void {
  const { recorder, observed, isOwner } = options;
  let before: readonly ObjectStatus[] = [];
  return (statuses) => {
    const events = heldEvents(before, statuses);
    before = statuses;
    if (!isOwner()) return;
    for (const { ref, type, reason, action, note } of events) {
      const known = observed.get(ref);
      // It is gone: nobody would find the Event.
      if (known === undefined) continue;
      const { uid, resource } = known;
      const { kind, namespace, name } = ref;
      const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
      recorder.record({ regarding: { apiVersion, kind, namespace, name, uid }, type, reason, action, note });
    }
  };
}
