/** What a proxy reports of itself. https://gateway.envoyproxy.io/docs/api/extension_types/#proxytelemetry */
import { fraction, percent } from "../gateway-api/shapes.ts";
import { defaulted, flag, keyword, list, mapOf, object, oneOf, optional, text } from "../schema.ts";
import { healthCheckLog } from "./health-check.ts";
import { tracingSettings } from "./telemetry.ts";
import {
  backendRules,
  collectorPort,
  hostOrBackend,
  otlpHeaders,
  resourceAttributes,
  telemetryBackend,
} from "./telemetry-backend.ts";
import { compressor } from "./traffic-shaping.ts";

const format = object(
  { type: optional(oneOf(["Text", "JSON"])), text: optional(text()), json: optional(mapOf(text())) },
  {
    "If AccessLogFormat type is Text, text field needs to be set.": (self) =>
      self.type !== "Text" || self.text !== undefined,
    "If AccessLogFormat type is Text, json field must not be set.": (self) =>
      self.type !== "Text" || self.json === undefined,
    "If AccessLogFormat type is JSON, json field needs to be set.": (self) =>
      self.type !== "JSON" || self.json !== undefined,
    "If AccessLogFormat type is JSON, text field must not be set.": (self) =>
      self.type !== "JSON" || self.text === undefined,
    "If AccessLogFormat type is unset, at least one of text or json must be set.": (self) =>
      self.type !== undefined || self.text !== undefined || self.json !== undefined,
  },
);

const names = () => optional(list(text()));

const accessLogService = object(
  {
    ...telemetryBackend(),
    logName: optional(text({ minLength: 1 })),
    type: oneOf(["HTTP", "TCP"]),
    http: optional(object({ requestHeaders: names(), responseHeaders: names(), responseTrailers: names() })),
  },
  {
    "The http field may only be set when type is HTTP.": (self) => self.type === "HTTP" || self.http === undefined,
    "must have at least one backend in backendRefs": ({ backendRefs = [] }) => backendRefs.length > 0,
    ...backendRules,
  },
);

const accessLogCollector = object(
  {
    ...telemetryBackend(),
    host: optional(text()),
    port: collectorPort(),
    resources: resourceAttributes(),
    resourceAttributes: resourceAttributes(),
    headers: otlpHeaders(),
  },
  {
    ...hostOrBackend,
    "either resources or resourceAttributes can be set, not both": (self) =>
      self.resources === undefined || self.resourceAttributes === undefined,
  },
);

const sink = object(
  {
    type: optional(oneOf(["ALS", "File", "OpenTelemetry"])),
    als: optional(accessLogService),
    file: optional(object({ path: optional(text({ minLength: 1 })) })),
    openTelemetry: optional(accessLogCollector),
  },
  {
    "If AccessLogSink type is ALS, als field needs to be set.": (self) =>
      (self.type === "ALS") === (self.als !== undefined),
    "If AccessLogSink type is File, file field needs to be set.": (self) =>
      (self.type === "File") === (self.file !== undefined),
    "If AccessLogSink type is OpenTelemetry, openTelemetry field needs to be set.": (self) =>
      (self.type === "OpenTelemetry") === (self.openTelemetry !== undefined),
  },
);

const accessLog = object({
  disable: optional(flag()),
  settings: optional(
    list(
      object({
        format: optional(format),
        matches: optional(list(text(), { maxItems: 10 })),
        sinks: list(sink, { minItems: 1, maxItems: 50 }),
        type: optional(oneOf(["Listener", "Route", "Upstream"])),
      }),
      { minItems: 1, maxItems: 50 },
    ),
  ),
});

const sampler = object(
  {
    type: defaulted(
      oneOf([
        "AlwaysOn",
        "AlwaysOff",
        "TraceIdRatio",
        "ParentBasedAlwaysOn",
        "ParentBasedAlwaysOff",
        "ParentBasedTraceIdRatio",
      ]),
      "AlwaysOn",
    ),
    samplingPercentage: optional(fraction()),
  },
  {
    "samplingPercentage can only be set with TraceIdRatio or ParentBasedTraceIdRatio": (self) =>
      self.samplingPercentage === undefined || self.type.endsWith("TraceIdRatio"),
  },
);

const provider = object(
  {
    ...telemetryBackend(),
    type: defaulted(oneOf(["OpenTelemetry", "Zipkin", "Datadog"]), "OpenTelemetry"),
    host: optional(text()),
    port: collectorPort(),
    zipkin: optional(object({ enable128BitTraceId: optional(flag()), disableSharedSpanContext: optional(flag()) })),
    openTelemetry: optional(
      object({ headers: otlpHeaders(), resourceAttributes: resourceAttributes(), sampler: optional(sampler) }),
    ),
    serviceName: optional(
      text({ [keyword.rules]: { "serviceName cannot be empty if provided": (self: string) => self !== "" } }),
    ),
  },
  {
    ...hostOrBackend,
    "openTelemetry can only be used with type OpenTelemetry": (self) =>
      self.openTelemetry === undefined || self.type === "OpenTelemetry",
  },
);

const tracing = object(
  { ...tracingSettings(), samplingRate: optional(percent()), provider },
  {
    "only one of SamplingRate or SamplingFraction can be specified": (self) =>
      self.samplingRate === undefined || self.samplingFraction === undefined,
  },
);

const metricSink = object(
  {
    type: defaulted(oneOf(["OpenTelemetry"]), "OpenTelemetry"),
    openTelemetry: optional(
      object(
        {
          ...telemetryBackend(),
          host: optional(text()),
          port: collectorPort(65_535),
          reportCountersAsDeltas: optional(flag()),
          reportHistogramsAsDeltas: optional(flag()),
          resourceAttributes: resourceAttributes(),
          headers: otlpHeaders(),
        },
        hostOrBackend,
      ),
    ),
  },
  {
    "If MetricSink type is OpenTelemetry, openTelemetry field needs to be set.": (self) =>
      self.openTelemetry !== undefined,
  },
);

const metrics = object({
  prometheus: optional(object({ disable: optional(flag()), compression: optional(compressor) })),
  sinks: optional(list(metricSink, { maxItems: 16 })),
  matches: optional(
    list(
      object({
        type: defaulted(oneOf(["Exact", "Prefix", "Suffix", "RegularExpression"]), "Exact"),
        value: text({ minLength: 1, maxLength: 1024 }),
      }),
    ),
  ),
  enableVirtualHostStats: optional(flag()),
  enablePerEndpointStats: optional(flag()),
  enableRequestResponseSizesStats: optional(flag()),
  enableGRPCStats: optional(flag()),
  clusterStatName: optional(text()),
});

export const proxyTelemetry = object({
  accessLog: optional(accessLog),
  tracing: optional(tracing),
  metrics: optional(metrics),
  requestID: optional(object({ tracing: optional(oneOf(["PackAndSample", "Sample", "Pack", "Disable"])) })),
  healthCheckLog: optional(healthCheckLog),
});
