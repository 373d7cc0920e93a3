import { type Memo, memoOn } from "../lib/memo.ts";
import type { HTTPBackendRef } from "../resources/kinds/http-route.ts";
import type { Service, ServicePort } from "../resources/kinds/service.ts";
import type { ByName } from "../resources/resource-set.ts";
import { poolKeyOf } from "./inference-models.ts";
import type { EndpointSourceIr, Origin, PoolKey } from "./ir.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey, originOf } from "./origins.ts";
import type { PoolFace, PoolView } from "./pools.ts";

/** What a backendRef points at. Equal references of one build give the identical object, and an unchanged one the next build's too. */
export type Backend =
  | { readonly kind: "service"; readonly origin: Origin; readonly endpoints: EndpointSourceIr }
  | { readonly kind: "pool"; readonly face: PoolFace }
  | { readonly kind: "missing"; readonly reason: string; readonly message: string };

export interface Backends {
  resolve(ref: HTTPBackendRef, namespace: string): Backend;
}

type ServiceEndpoints = EndpointSourceIr & { readonly kind: "service" };

/** Protocols that a Service's port may ask for and that are not spoken to backends yet. */
const foreignProtocols = new Set(["kubernetes.io/h2c", "kubernetes.io/wss", "gateway.envoyproxy.io/h2c"]);

export interface BackendContext {
  readonly services: ByName<Service>;
  readonly pools: ReadonlyMap<PoolKey, PoolView>;
  readonly options: ModelOptions;
}

export function createBackends(context: BackendContext, memory: Memo<Backend>): Backends {
  const resolved = new Map<string, Backend>();
  return {
    resolve(ref, namespace) {
      const key = `${namespace}/${keyOf(ref)}`;
      let backend = resolved.get(key);
      if (backend === undefined) {
        const fresh = resolve(ref, namespace, context);
        backend = memory.recall(key, signatureOf(fresh), () => fresh);
        resolved.set(key, backend);
      }
      return backend;
    },
  };
}

const keyOf = memoOn((ref: HTTPBackendRef): string =>
  [ref.group, ref.kind, ref.namespace ?? "", ref.name, ref.port ?? ""].join("/"),
);

function signatureOf(backend: Backend): readonly unknown[] {
  switch (backend.kind) {
    case "service":
      return [backend.kind, JSON.stringify(backend.endpoints)];
    case "pool":
      return [backend.kind, backend.face];
    case "missing":
      return [backend.kind, backend.reason, backend.message];
  }
}

function resolve(ref: HTTPBackendRef, namespace: string, context: BackendContext): Backend {
  const isService = ref.group === "" && ref.kind === "Service";
  const poolKey = ref.kind === "InferencePool" ? poolKeyOf(ref, namespace) : undefined;
  if (!isService && poolKey === undefined) {
    const kind = ref.group === "" ? ref.kind : `${ref.kind}.${ref.group}`;
    return missing("InvalidKind", `Kind ${kind} is invalid, only Service and InferencePool are supported`);
  }
  if (ref.namespace !== undefined && ref.namespace !== namespace) {
    const target = `${ref.kind} ${ref.namespace}/${ref.name}`;
    return missing("RefNotPermitted", `Backend ref to ${target} not permitted by any ReferenceGrant.`);
  }
  return poolKey === undefined
    ? resolveService(ref, namespace, context)
    : resolvePool(poolKey, ref.name, namespace, context);
}

function resolveService(ref: HTTPBackendRef, namespace: string, { services, options }: BackendContext): Backend {
  const name = nameKey(namespace, ref.name);
  const service = services.get(name);
  if (service === undefined) return missing("BackendNotFound", `service ${name} not found`);
  if (ref.port === undefined) {
    return missing("PortNotSpecified", "A valid port number corresponding to a port on the Service must be specified");
  }
  if (service.spec.type === "ExternalName") {
    return missing("UnsupportedValue", `Service ${name} is of type ExternalName, which is not supported as a backend`);
  }
  const port = service.spec.ports?.find((one) => one.port === ref.port && one.protocol === "TCP");
  if (port === undefined) return missing("PortNotFound", `TCP Port ${ref.port} not found on Service ${name}`);
  if (foreignProtocols.has(port.appProtocol ?? "")) {
    return missing("UnsupportedProtocol", `Service ${name}: appProtocol ${port.appProtocol} is not supported yet`);
  }
  return {
    kind: "service",
    origin: originOf(service),
    endpoints: {
      kind: "service",
      namespace,
      name: ref.name,
      port: ref.port,
      portName: port.name ?? "",
      ...(options.mode === "files" ? podsBehind(service, port) : {}),
    },
  };
}

/** A named target port is a container's, which is not read. */
function podsBehind({ spec }: Service, { port, targetPort = port }: ServicePort): Pick<ServiceEndpoints, "pods"> {
  const { selector = {} } = spec;
  if (Object.keys(selector).length === 0 || typeof targetPort !== "number") return {};
  return { pods: { selector, targetPort } };
}

/** The port of a reference to a pool means nothing: the pool names its own. */
function resolvePool(key: PoolKey, name: string, namespace: string, { pools }: BackendContext): Backend {
  const face = pools.get(key)?.face;
  if (face === undefined) return missing("BackendNotFound", `InferencePool ${namespace}/${name} not found`);
  return face.problem === undefined ? { kind: "pool", face } : missing("InvalidBackendRef", face.problem);
}

function missing(reason: string, message: string): Backend {
  return { kind: "missing", reason, message };
}
