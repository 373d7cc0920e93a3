import { type Memo, memoOn } from "../lib/memo.ts";
import { gatewayGroup } from "../resources/gateway-api/shapes.ts";
import { type Backend as BackendObject, backend } from "../resources/kinds/backend.ts";
import type { BackendReference } from "../resources/kinds/http-route.ts";
import { type InferencePool, inferencePoolV1, inferencePoolV1Alpha2 } from "../resources/kinds/inference-pool.ts";
import { type Service, type ServicePort, service } from "../resources/kinds/service.ts";
import { nameKey as collectionKey } from "../resources/references.ts";
import type { BackendObjectView } from "./backend-objects.ts";
import type { EndpointSourceIr, Origin, PoolKey } from "./ir.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey, originOf } from "./origins.ts";
import type { PoolFace, PoolView } from "./pools.ts";
import type { References, Referrer } from "./references.ts";

/** What a backendRef points at. Equal references of one build give the identical object, and an unchanged one the next build's too. */
export type Backend =
  /** A Service, or a Backend of Envoy Gateway: Envoy spreads requests over its endpoints by itself. */
  | {
      readonly kind: "service";
      readonly origin: Origin;
      readonly endpoints: EndpointSourceIr;
      /** Gets nothing while its rule has another backend. */
      readonly isFallback?: true;
    }
  | { readonly kind: "pool"; readonly face: PoolFace }
  | { readonly kind: "missing"; readonly reason: string; readonly message: string };

export interface Backends {
  resolve(ref: BackendReference, namespace: string): Backend;
}

type ServiceEndpoints = EndpointSourceIr & { readonly kind: "service" };

const h2c = new Set(["kubernetes.io/h2c", "gateway.envoyproxy.io/h2c"]);
/** TLS to a server needs an authority to trust, which the port does not name. */
const overTls = new Set(["kubernetes.io/wss", "gateway.envoyproxy.io/wss"]);

export interface BackendContext {
  readonly references: References;
  /** By "namespace/name". */
  readonly backendObjects: ReadonlyMap<string, BackendObjectView>;
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

const keyOf = memoOn((ref: BackendReference): string =>
  [ref.group, ref.kind, ref.namespace ?? "", ref.name, ref.port ?? ""].join("/"),
);

function signatureOf(backend: Backend): readonly unknown[] {
  switch (backend.kind) {
    case "service":
      return [backend.kind, JSON.stringify(backend)];
    case "pool":
      return [backend.kind, backend.face];
    case "missing":
      return [backend.kind, backend.reason, backend.message];
  }
}

const allowedKinds = [service, inferencePoolV1, inferencePoolV1Alpha2, backend] as const;

export function routeReferrer(namespace: string): Referrer {
  return { group: gatewayGroup, kind: "HTTPRoute", namespace };
}

function resolve(ref: BackendReference, namespace: string, context: BackendContext): Backend {
  const found = context.references.resolve(routeReferrer(namespace), ref, allowedKinds);
  switch (found.kind) {
    case "invalid-kind": {
      const kind = ref.group === "" ? ref.kind : `${ref.kind}.${ref.group}`;
      const allowed = "only Service, InferencePool and Backend are supported";
      return missing("InvalidKind", `Kind ${kind} is invalid, ${allowed}`);
    }
    case "not-permitted": {
      const target = `${ref.kind} ${found.namespace}/${ref.name}`;
      return missing("RefNotPermitted", `Backend ref to ${target} not permitted by any ReferenceGrant.`);
    }
    case "not-found": {
      const name = nameKey(found.namespace, ref.name);
      return missing("BackendNotFound", `${ref.kind === "Service" ? "service" : ref.kind} ${name} not found`);
    }
    case "found":
      return resolveFound(found.object, ref, context);
  }
}

function resolveFound(object: Service | InferencePool | BackendObject, ref: BackendReference, context: BackendContext) {
  switch (object.kind) {
    case "Service":
      return resolveService(object, ref, context);
    case "Backend":
      return resolveBackendObject(context.backendObjects.get(collectionKey(object)));
    case "InferencePool":
      // The port of a reference to a pool means nothing: the pool names its own.
      return resolvePool(context.pools.get(collectionKey(object))?.face);
  }
}

function resolveService(object: Service, ref: BackendReference, { options }: BackendContext): Backend {
  const { namespace } = object.metadata;
  const name = nameKey(namespace, ref.name);
  if (ref.port === undefined) {
    return missing("PortNotSpecified", "A valid port number corresponding to a port on the Service must be specified");
  }
  if (object.spec.type === "ExternalName") {
    return missing("UnsupportedValue", `Service ${name} is of type ExternalName, which is not supported as a backend`);
  }
  const port = object.spec.ports?.find((one) => one.port === ref.port && one.protocol === "TCP");
  if (port === undefined) return missing("PortNotFound", `TCP Port ${ref.port} not found on Service ${name}`);
  if (overTls.has(port.appProtocol ?? "")) {
    return missing("UnsupportedProtocol", `Service ${name}: appProtocol ${port.appProtocol} is not supported yet`);
  }
  return {
    kind: "service",
    origin: originOf(object),
    endpoints: {
      kind: "service",
      namespace,
      name: ref.name,
      port: ref.port,
      portName: port.name ?? "",
      ...(h2c.has(port.appProtocol ?? "") ? { protocol: "h2c" } : {}),
      ...(options.mode === "files" ? podsBehind(object, port) : {}),
    },
  };
}

/** A named target port is a container's, which is not read. */
function podsBehind({ spec }: Service, { port, targetPort = port }: ServicePort): Pick<ServiceEndpoints, "pods"> {
  const { selector = {} } = spec;
  if (Object.keys(selector).length === 0 || typeof targetPort !== "number") return {};
  return { pods: { selector, targetPort } };
}

function resolveBackendObject(view: BackendObjectView | undefined): Backend {
  if (view === undefined) return missing("BackendNotFound", "Backend not found");
  const { object, origin, content, isFallback } = view;
  if (content.kind === "unusable") {
    return missing(content.reason, `Backend ${collectionKey(object)}: ${content.message}`);
  }
  return { kind: "service", origin, endpoints: content.endpoints, ...(isFallback ? { isFallback } : {}) };
}

function resolvePool(face: PoolFace | undefined): Backend {
  if (face === undefined) return missing("BackendNotFound", "InferencePool not found");
  return face.problem === undefined ? { kind: "pool", face } : missing("InvalidBackendRef", face.problem);
}

function missing(reason: string, message: string): Backend {
  return { kind: "missing", reason, message };
}
