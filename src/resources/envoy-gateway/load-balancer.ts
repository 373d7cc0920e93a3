import { durationMs } from "../duration.ts";
import { duration, percent, portNumber } from "../gateway-api/shapes.ts";
import {
  anything,
  defaulted,
  flag,
  integer,
  list,
  mapOf,
  object,
  oneOf,
  optional,
  type Rules,
  text,
} from "../schema.ts";

const named = () => object({ name: text() });

const consistentHash = object(
  {
    type: oneOf(["SourceIP", "Header", "Headers", "Cookie", "QueryParams"]),
    header: optional(named()),
    headers: optional(list(named())),
    cookie: optional(object({ name: text(), ttl: optional(duration()), attributes: optional(mapOf(text())) })),
    queryParams: optional(list(named())),
    tableSize: defaulted(integer(2, 5_000_011), 65_537),
  },
  Object.fromEntries(
    (["header", "headers", "cookie", "queryParams"] as const).map((field) => [
      `If consistent hash type is ${field}, the ${field} field must be set.`,
      (self: { readonly type: string }) => (self.type.toLowerCase() === field.toLowerCase()) === field in self,
    ]),
  ),
);

const outOfBand = object({
  reportingPeriod: optional(duration({ "reportingPeriod must be greater than 0": (self) => durationMs(self) !== 0 })),
  port: optional(portNumber()),
  authority: optional(text({ minLength: 1, maxLength: 259, pattern: "^[^\\x00\\n\\r]*$" })),
});

const backendUtilization = object({
  blackoutPeriod: optional(duration()),
  weightExpirationPeriod: optional(duration()),
  weightUpdatePeriod: optional(duration()),
  errorUtilizationPenaltyPercent: optional(integer(0)),
  metricNamesForComputingUtilization: optional(list(text())),
  keepResponseHeaders: defaulted(flag(), false),
  outOfBand: optional(outOfBand),
});

const zoneAware = object({
  preferLocal: optional(
    object({
      minEndpointsThreshold: optional(integer(0, Number.MAX_SAFE_INTEGER)),
      force: optional(object({ minEndpointsInZoneThreshold: optional(integer()) })),
      percentageEnabled: optional(percent()),
    }),
  ),
  weightedZones: optional(list(object({ zone: text(), weight: integer() }), { keys: ["zone"] })),
});

interface Shape {
  readonly type: string;
  readonly zoneAware?: { readonly preferLocal?: unknown; readonly weightedZones?: unknown };
  readonly [field: string]: unknown;
}

/** The field of a type is there exactly where the type is chosen. */
const fieldOf = (type: string, field: string) => (self: Shape) => (self.type === type) === (self[field] !== undefined);
const withoutPreferLocal = (type: string) => (self: Shape) =>
  self.type !== type || self.zoneAware?.preferLocal === undefined;

const rules: Rules<Shape> = {
  "If LoadBalancer type is consistentHash, consistentHash field needs to be set.": fieldOf(
    "ConsistentHash",
    "consistentHash",
  ),
  "If LoadBalancer type is BackendUtilization, backendUtilization field needs to be set.": fieldOf(
    "BackendUtilization",
    "backendUtilization",
  ),
  "If LoadBalancer type is DynamicModule, dynamicModule field needs to be set.": fieldOf(
    "DynamicModule",
    "dynamicModule",
  ),
  "Currently SlowStart is only supported for RoundRobin, LeastRequest, and BackendUtilization load balancers.": (
    self,
  ) => !["Random", "ConsistentHash", "DynamicModule"].includes(self.type) || self["slowStart"] === undefined,
  "PreferLocal zone-aware routing is not supported for ConsistentHash load balancers. Use weightedZones instead.":
    withoutPreferLocal("ConsistentHash"),
  "PreferLocal zone-aware routing is not currently supported for BackendUtilization load balancers. Only WeightedZones can be used with BackendUtilization.":
    withoutPreferLocal("BackendUtilization"),
  "ZoneAware routing is not supported for DynamicModule load balancers.": (self) =>
    self.type !== "DynamicModule" || self.zoneAware === undefined,
  "ZoneAware PreferLocal and WeightedZones cannot be specified together.": (self) =>
    self.zoneAware?.preferLocal === undefined || self.zoneAware.weightedZones === undefined,
  "EndpointOverride is not supported for DynamicModule load balancers.": (self) =>
    self.type !== "DynamicModule" || self["endpointOverride"] === undefined,
};

export const loadBalancer = object(
  {
    type: oneOf(["ConsistentHash", "LeastRequest", "Random", "RoundRobin", "BackendUtilization", "DynamicModule"]),
    consistentHash: optional(consistentHash),
    backendUtilization: optional(backendUtilization),
    dynamicModule: optional(
      object({
        name: text({ minLength: 1, maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }),
        lbPolicyName: text({ minLength: 1, maxLength: 253 }),
        config: optional(anything()),
      }),
    ),
    slowStart: optional(object({ window: duration() })),
    endpointOverride: optional(
      object({ extractFrom: list(object({ header: optional(text()) }), { minItems: 1, maxItems: 10 }) }),
    ),
    zoneAware: optional(zoneAware),
  },
  rules,
);
