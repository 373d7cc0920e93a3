import type { StatusView } from "../../admin/ports.ts";
import type { ObjectStatus } from "../../model/result.ts";
import { spellStatus } from "../../status/write/spell.ts";

/** A status as the object's own Kubernetes API spells it. */
export function statusView(status: ObjectStatus, controllerName: string): StatusView {
  const { ref, generation } = status;
  return { ...ref, generation, status: spellStatus(status, controllerName) };
}
