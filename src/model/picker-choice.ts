import type { InferencePool } from "../resources/kinds/inference-pool.ts";
import type { Service, ServicePort } from "../resources/kinds/service.ts";
import type { ByName } from "../resources/resource-set.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey } from "./origins.ts";
import { configuresPicker } from "./pool-annotations.ts";

/** Who picks the endpoints of a pool, and why. */
export type PickerChoice =
  | { readonly kind: "built-in"; readonly reason: string; readonly warning?: string }
  | { readonly kind: "external"; readonly reason: string; readonly service: Service; readonly port: ServicePort }
  /** Nobody: the reference cannot be resolved. */
  | { readonly kind: "none"; readonly message: string };

export interface PickerReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly port: number;
  readonly failureMode: "FailOpen" | "FailClose";
}

/** https://github.com/kubernetes-sigs/gateway-api-inference-extension/tree/main/docs/proposals/004-endpoint-picker-protocol */
const defaultPort = 9002;

export function pickerReference(pool: InferencePool): PickerReference | undefined {
  if (pool.apiVersion === "inference.networking.k8s.io/v1") {
    const ref = pool.spec.endpointPickerRef;
    return ref && { ...ref, port: ref.port?.number ?? defaultPort };
  }
  const ref = pool.spec.extensionRef;
  return { ...ref, port: ref.portNumber ?? defaultPort };
}

/** The Service that a pool names as its picker, where there is one. */
export function pickerService(pool: InferencePool, services: ByName<Service>): Service | undefined {
  const ref = pickerReference(pool);
  if (ref === undefined || !namesService(ref)) return undefined;
  return services.get(nameKey(pool.metadata.namespace, ref.name));
}

/**
 * No reference, or one to ourselves: the built-in picker. A Service that does not exist: the built-in one where the
 * pool is meant to have it, which its annotations say, and with files always. A Service that exists is an external
 * picker.
 */
export function choosePicker(
  pool: InferencePool,
  service: Service | undefined,
  mode: ModelOptions["mode"],
): PickerChoice {
  const ref = pickerReference(pool);
  if (ref === undefined) return { kind: "built-in", reason: "The pool references no endpoint picker" };
  const what = `${ref.kind} ${pool.metadata.namespace}/${ref.name}`;
  const isOurs = service !== undefined && isOwn(service);
  if (mode === "files" && !isOurs) return standIn(what, service === undefined ? "does not exist" : "is not called");
  if (!namesService(ref)) {
    const kind = ref.group === "" ? ref.kind : `${ref.kind}.${ref.group}`;
    return { kind: "none", message: `The endpoint picker is of kind ${kind}, and only a Service can be one` };
  }
  if (service === undefined) {
    if (configuresPicker(pool.metadata.annotations)) return standIn(what, "does not exist");
    return { kind: "none", message: `The endpoint picker ${what} does not exist` };
  }
  if (isOurs) return { kind: "built-in", reason: `The endpoint picker ${what} is the gateway itself` };
  if (service.spec.type === "ExternalName") {
    return { kind: "none", message: `The endpoint picker ${what} is of type ExternalName, which has no endpoints` };
  }
  const port = service.spec.ports?.find((one) => one.port === ref.port && one.protocol === "TCP");
  if (port === undefined) return { kind: "none", message: `The endpoint picker ${what} has no TCP port ${ref.port}` };
  return { kind: "external", reason: `The endpoint picker is ${what}, port ${ref.port}`, service, port };
}

function standIn(what: string, state: string): PickerChoice {
  const reason = `The endpoint picker ${what} ${state}`;
  return { kind: "built-in", reason, warning: `${reason}: the built-in one is used` };
}

function namesService({ group, kind }: PickerReference): boolean {
  return group === "" && kind === "Service";
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
const nameLabel = "app.kubernetes.io/name";

function isOwn({ metadata, spec }: Service): boolean {
  return [metadata.labels, spec.selector ?? {}].some((labels) => labels[nameLabel] === "antechamber");
}
