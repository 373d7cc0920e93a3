import type { StatusView } from "../../admin/ports.ts";
import type { ListenerStatus, ObjectStatus, ParentStatus, StatusBody } from "../../model/result.ts";

/** A status as the object's own Kubernetes API spells it. */
export function statusView({ ref, generation, body }: ObjectStatus, controllerName: string): StatusView {
  return { ...ref, generation, status: spell(body, ref.kind, ref.group, controllerName) };
}

function spell(body: StatusBody, kind: string, group: string, controllerName: string): unknown {
  switch (body.kind) {
    case "conditions":
      return { conditions: body.conditions };
    case "gateway": {
      const { addresses = [], conditions, listeners } = body;
      return { addresses, conditions, listeners: listeners.map(listenerView) };
    }
    case "parents": {
      const parents = body.parents.map((parent) => ({
        parentRef: parent.ref,
        controllerName,
        conditions: parent.conditions,
      }));
      // v1alpha2 of InferencePool says `parent`, without the controller's name.
      return kind === "InferencePool" && group.endsWith("x-k8s.io")
        ? { parent: parents.map(withoutController) }
        : { parents };
    }
    case "ancestors":
      return {
        ancestors: body.ancestors.map((ancestor) => ({
          ancestorRef: ancestor.ref,
          controllerName,
          conditions: ancestor.conditions,
        })),
      };
  }
}

function withoutController({
  parentRef,
  conditions,
}: {
  readonly parentRef: ParentStatus["ref"];
  readonly conditions: unknown;
}): unknown {
  return { parentRef, conditions };
}

function listenerView({ name, attachedRoutes, supportedKinds, conditions }: ListenerStatus): unknown {
  return { name, attachedRoutes, supportedKinds, conditions };
}
