import type { GatewayClass } from "../resources/kinds/gateway-class.ts";
import { refOf } from "../resources/references.ts";
import type { ByName } from "../resources/resource-set.ts";
import { isTrue, isUnknown, notInEffect, stamp, warningOf } from "./conditions.ts";
import type { ModelOptions } from "./model.ts";
import type { ObjectStatus } from "./result.ts";

export interface Classes {
  /** Names of the classes that are this controller's. */
  readonly own: ReadonlySet<string>;
  readonly statuses: readonly ObjectStatus[];
}

export function selectClasses(classes: ByName<GatewayClass>, options: ModelOptions): Classes {
  const own = new Set<string>();
  const statuses: ObjectStatus[] = [];
  for (const gatewayClass of classes.values()) {
    const ours = gatewayClass.spec.controllerName === options.controllerName;
    if (ours) own.add(gatewayClass.metadata.name);
    if (ours || options.mode === "files") statuses.push(statusOf(gatewayClass, ours, options.controllerName));
  }
  return { own, statuses };
}

function statusOf(gatewayClass: GatewayClass, ours: boolean, controllerName: string): ObjectStatus {
  const { generation } = gatewayClass.metadata;
  const facts = ours
    ? [
        isTrue("Accepted", "Accepted", "Valid GatewayClass"),
        ...warningOf(notInEffect(gatewayClass.spec.parametersRef === undefined ? [] : ["spec.parametersRef"])),
      ]
    : // With files there is no other controller that could say anything.
      [isUnknown("Accepted", "Pending", `spec.controllerName is not this controller's: "${controllerName}"`)];
  return {
    ref: refOf(gatewayClass),
    generation,
    body: { kind: "conditions", conditions: stamp(facts, generation) },
  };
}
