import type { GatewayClass } from "../resources/kinds/gateway-class.ts";
import { refOf } from "../resources/references.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { type Fact, isFalse, isTrue, isUnknown, notInEffect, stamp, warningOf } from "./conditions.ts";
import { classParametersProblem } from "./infrastructure.ts";
import type { ModelOptions } from "./model.ts";
import type { ObjectStatus } from "./result.ts";
import { supportedFeatures } from "./supported-features.ts";

export interface Classes {
  /** Names of the classes that are this controller's. */
  readonly own: ReadonlySet<string>;
  readonly statuses: readonly ObjectStatus[];
}

export function selectClasses(
  { gatewayClasses, envoyProxies }: Pick<ResourceSet, "gatewayClasses" | "envoyProxies">,
  options: ModelOptions,
): Classes {
  const own = new Set<string>();
  const statuses: ObjectStatus[] = [];
  for (const gatewayClass of gatewayClasses.values()) {
    const ours = gatewayClass.spec.controllerName === options.controllerName;
    if (ours) own.add(gatewayClass.metadata.name);
    if (options.mode === "kubernetes") {
      if (ours) statuses.push(ownStatus(gatewayClass, classParametersProblem(gatewayClass, envoyProxies)));
    } else statuses.push(statusWithFiles(gatewayClass, ours, options.controllerName));
  }
  return { own, statuses };
}

function ownStatus(gatewayClass: GatewayClass, problem: string | undefined): ObjectStatus {
  const fact =
    problem === undefined ? isTrue("Accepted", "Accepted", valid) : isFalse("Accepted", "InvalidParameters", problem);
  return statusOf(gatewayClass, [fact], supportedFeatures);
}

const valid = "Valid GatewayClass";

function statusWithFiles(gatewayClass: GatewayClass, ours: boolean, controllerName: string): ObjectStatus {
  if (!ours) {
    // There is no other controller that could say anything.
    const message = `spec.controllerName is not this controller's: "${controllerName}"`;
    return statusOf(gatewayClass, [isUnknown("Accepted", "Pending", message)]);
  }
  const ignored = gatewayClass.spec.parametersRef === undefined ? [] : ["spec.parametersRef"];
  return statusOf(gatewayClass, [isTrue("Accepted", "Accepted", valid), ...warningOf(notInEffect(ignored))]);
}

function statusOf(gatewayClass: GatewayClass, facts: readonly Fact[], features?: readonly string[]): ObjectStatus {
  const { generation } = gatewayClass.metadata;
  return {
    ref: refOf(gatewayClass),
    generation,
    body: {
      kind: "conditions",
      conditions: stamp(facts, generation),
      ...(features && { supportedFeatures: features }),
    },
  };
}
