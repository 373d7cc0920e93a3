/** Where telemetry is sent to: a Service or a Backend, with settings of the connection. */
import { groupName, headerName, kindName, namespaceName, objectName, portNumber } from "../gateway-api/shapes.ts";
import { defaulted, flag, integer, list, mapOf, object, optional, type Rules, text } from "../schema.ts";
import { clusterSettings } from "./cluster-settings.ts";

interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly port?: number;
}

const servicesHavePorts: Rules<Reference> = {
  "Must have port for Service reference": (self) =>
    self.group !== "" || self.kind !== "Service" || self.port !== undefined,
};

const referenceFields = () => ({
  group: defaulted(groupName(), ""),
  kind: defaulted(kindName(), "Service"),
  name: objectName(),
  namespace: optional(namespaceName()),
  port: optional(portNumber()),
});

export const telemetryBackend = () => ({
  backendRef: optional(object(referenceFields(), servicesHavePorts)),
  backendRefs: optional(
    list(
      object(
        { ...referenceFields(), fallback: optional(flag()), weight: defaulted(integer(0, 1_000_000), 1) },
        servicesHavePorts,
      ),
      { maxItems: 16 },
    ),
  ),
  backendSettings: optional(object(clusterSettings)),
});

interface Shape {
  readonly host?: string;
  readonly backendRef?: Reference;
  readonly backendRefs?: readonly Reference[];
}

export const backendRules: Rules<Shape> = {
  "BackendRefs must be used, backendRef is not supported.": (self) => self.backendRef === undefined,
  "BackendRefs only support Service and Backend kind.": ({ backendRefs = [] }) =>
    backendRefs.every(({ kind }) => kind === "Service" || kind === "Backend"),
  "BackendRefs only support Core and gateway.envoyproxy.io group.": ({ backendRefs = [] }) =>
    backendRefs.every(({ group }) => group === "" || group === "gateway.envoyproxy.io"),
};

export const hostOrBackend: Rules<Shape> = {
  "host or backendRefs needs to be set": ({ host, backendRefs = [] }) => host !== undefined || backendRefs.length > 0,
  ...backendRules,
};

export const collectorPort = (maximum?: number) => defaulted(integer(0, maximum), 4317);

export const otlpHeaders = () =>
  optional(
    list(object({ name: headerName(), value: text({ minLength: 1, maxLength: 4096 }) }), { minItems: 1, maxItems: 32 }),
  );

export const resourceAttributes = () => optional(mapOf(text()));
