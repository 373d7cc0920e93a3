import { duration, percent, portNumber, preciseHostname } from "../gateway-api/shapes.ts";
import { defaulted, flag, integer, list, object, oneOf, optional, text } from "../schema.ts";

const httpStatuses = () => list(integer(100, 599));

const payload = () =>
  object(
    { type: oneOf(["Text", "Binary"]), text: optional(text()), binary: optional(text()) },
    {
      "If payload type is Text, text field needs to be set.": (self) =>
        (self.type === "Text") === (self.text !== undefined),
      "If payload type is Binary, binary field needs to be set.": (self) =>
        (self.type === "Binary") === (self.binary !== undefined),
    },
  );

const http = object(
  {
    path: text({ minLength: 1, maxLength: 1024 }),
    hostname: optional(preciseHostname()),
    method: optional(text({ maxLength: 16 })),
    expectedStatuses: optional(httpStatuses()),
    retriableStatuses: optional(httpStatuses()),
    expectedResponse: optional(payload()),
    requestBody: optional(payload()),
  },
  {
    "The requestBody field can only be set when method is POST or PUT.": (self) =>
      self.requestBody === undefined || ["POST", "PUT"].includes((self.method ?? "").toUpperCase()),
  },
);

export const healthCheckLog = object({
  matches: optional(
    list(oneOf(["Failure", "FailureSeriesStart", "Success", "HealthyTransition"]), {
      maxItems: 4,
      set: true,
      rules: {
        "a failure type and a success type must both be specified together": (self) =>
          self.some((one) => one === "Failure" || one === "FailureSeriesStart") ===
          self.some((one) => one === "Success" || one === "HealthyTransition"),
      },
    }),
  ),
  sinks: optional(
    list(
      object(
        { type: oneOf(["File"]), file: optional(object({ path: text({ minLength: 1 }) })) },
        {
          "If ProxyHealthCheckLogSink type is File, file field needs to be set.": (self) =>
            (self.type === "File") === (self.file !== undefined),
        },
      ),
      { maxItems: 1 },
    ),
  ),
});

const active = object(
  {
    type: oneOf(["HTTP", "TCP", "GRPC"]),
    timeout: defaulted(duration(), "1s"),
    interval: defaulted(duration(), "3s"),
    initialJitter: optional(duration()),
    unhealthyThreshold: defaulted(integer(1), 3),
    healthyThreshold: defaulted(integer(1), 1),
    overrides: optional(object({ port: optional(portNumber()) })),
    http: optional(http),
    tcp: optional(object({ send: optional(payload()), receive: optional(payload()) })),
    grpc: optional(object({ service: optional(text()) })),
    healthCheckLog: optional(healthCheckLog),
  },
  {
    "If Health Checker type is HTTP, http field needs to be set.": (self) =>
      (self.type === "HTTP") === (self.http !== undefined),
    "If Health Checker type is TCP, tcp field needs to be set.": (self) =>
      (self.type === "TCP") === (self.tcp !== undefined),
    "The grpc field can only be set if the Health Checker type is GRPC.": (self) =>
      self.grpc === undefined || self.type === "GRPC",
  },
);

const passive = object({
  splitExternalLocalOriginErrors: defaulted(flag(), false),
  interval: defaulted(duration(), "3s"),
  consecutiveLocalOriginFailures: defaulted(integer(), 5),
  consecutiveGatewayErrors: optional(integer()),
  consecutive5XxErrors: defaulted(integer(), 5),
  baseEjectionTime: defaulted(duration(), "30s"),
  maxEjectionPercent: defaulted(percent(), 10),
  failurePercentageThreshold: optional(percent()),
  alwaysEjectOneEndpoint: defaulted(flag(), false),
});

export const healthCheck = object({
  panicThreshold: optional(percent()),
  active: optional(active),
  passive: optional(passive),
});
