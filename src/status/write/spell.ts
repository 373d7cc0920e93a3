import type { GatewayAddress, ListenerStatus, ObjectStatus, ParentStatus } from "../../model/result.ts";
import type { Condition } from "../../resources/condition.ts";
import { inferenceGroupV1Alpha2 } from "../../resources/kinds/inference-pool.ts";

/** A status as the object's own Kubernetes API spells it, without the times that only the writer knows. */
export interface SpelledStatus {
  readonly conditions?: readonly Condition[];
  /** Of a GatewayClass, by name. */
  readonly supportedFeatures?: readonly { readonly name: string }[];
  readonly addresses?: readonly GatewayAddress[];
  readonly listeners?: readonly SpelledListener[];
  readonly parents?: readonly SpelledEntry[];
  /** v1alpha2 of InferencePool calls its parents so. */
  readonly parent?: readonly SpelledEntry[];
  readonly ancestors?: readonly SpelledEntry[];
}

export type SpelledListener = Pick<ListenerStatus, "name" | "attachedRoutes" | "supportedKinds" | "conditions">;

/** What one parent or ancestor has to say. */
export interface SpelledEntry {
  readonly parentRef?: ParentStatus["ref"];
  readonly ancestorRef?: ParentStatus["ref"];
  /** v1alpha2 of InferencePool has no such field. */
  readonly controllerName?: string;
  readonly conditions: readonly Condition[];
}

export function spellStatus({ ref, body }: ObjectStatus, controllerName: string): SpelledStatus {
  switch (body.kind) {
    case "conditions":
      return {
        conditions: spellConditions(body.conditions),
        ...(body.supportedFeatures && { supportedFeatures: body.supportedFeatures.map((name) => ({ name })) }),
      };
    case "gateway":
      return {
        conditions: spellConditions(body.conditions),
        addresses: body.addresses ?? [],
        listeners: body.listeners.map(({ name, attachedRoutes, supportedKinds, conditions }) => ({
          name,
          attachedRoutes,
          supportedKinds,
          conditions: spellConditions(conditions),
        })),
      };
    case "parents": {
      const parents = body.parents.map(({ ref: parentRef, conditions }) => ({
        parentRef,
        controllerName,
        conditions: spellConditions(conditions),
      }));
      if (ref.kind !== "InferencePool" || ref.group !== inferenceGroupV1Alpha2) return { parents };
      return { parent: parents.map(({ parentRef, conditions }) => ({ parentRef, conditions })) };
    }
    case "ancestors":
      return {
        ancestors: body.ancestors.map(({ ref: ancestorRef, conditions }) => ({
          ancestorRef,
          controllerName,
          conditions: spellConditions(conditions),
        })),
      };
  }
}

/** Of a condition's message, in characters. https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition */
const maxMessage = 32_768;
const cutMark = " (message truncated).";

function spellConditions(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.map((condition) =>
    condition.message.length <= maxMessage ? condition : { ...condition, message: cut(condition.message) },
  );
}

/** Half of a surrogate pair would not be text. */
function cut(message: string): string {
  return message.slice(0, maxMessage - cutMark.length).replace(/[\ud800-\udbff]$/, "") + cutMark;
}
