import type { InferencePool } from "../resources/kinds/inference-pool.ts";
import type { Service } from "../resources/kinds/service.ts";
import type { ByName } from "../resources/resource-set.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey } from "./origins.ts";
import { configuresPicker } from "./pool-annotations.ts";

/** Who picks the endpoints of a pool. */
export type PickerChoice =
  | { readonly kind: "built-in"; readonly warning?: string }
  | { readonly kind: "none"; readonly cause: "external" | "not-found"; readonly message: string };

export interface PickerReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly failureMode: "FailOpen" | "FailClose";
}

export function pickerReference(pool: InferencePool): PickerReference | undefined {
  return pool.apiVersion === "inference.networking.k8s.io/v1" ? pool.spec.endpointPickerRef : pool.spec.extensionRef;
}

const builtIn: PickerChoice = { kind: "built-in" };

/**
 * No reference: the built-in picker. A Service that does not exist: the built-in one where the pool is meant to have
 * it, which its annotations say, and with files always. A Service that exists is an external picker.
 */
export function choosePicker(pool: InferencePool, services: ByName<Service>, mode: ModelOptions["mode"]): PickerChoice {
  const ref = pickerReference(pool);
  if (ref === undefined) return builtIn;
  const { namespace } = pool.metadata;
  const exists = ref.group === "" && ref.kind === "Service" && services.has(nameKey(namespace, ref.name));
  const what = `${ref.kind} ${namespace}/${ref.name}`;
  if (mode === "files") {
    const state = exists ? "is not called" : "does not exist";
    return { kind: "built-in", warning: `The endpoint picker ${what} ${state}: the built-in one is used` };
  }
  if (exists) {
    const message = `The endpoint picker ${what} is external, and external pickers are not supported yet`;
    return { kind: "none", cause: "external", message };
  }
  if (configuresPicker(pool.metadata.annotations)) {
    return { kind: "built-in", warning: `The endpoint picker ${what} does not exist: the built-in one is used` };
  }
  return { kind: "none", cause: "not-found", message: `The endpoint picker ${what} does not exist` };
}
