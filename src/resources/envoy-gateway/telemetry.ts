import { fraction } from "../gateway-api/shapes.ts";
import { defaulted, mapOf, object, oneOf, optional, text } from "../schema.ts";

const fromNamed = () => optional(object({ name: text(), defaultValue: optional(text()) }));

const customTag = object({
  type: defaulted(oneOf(["Literal", "Environment", "RequestHeader"]), "Literal"),
  literal: optional(object({ value: text() })),
  environment: fromNamed(),
  requestHeader: fromNamed(),
});

export const tracingSettings = () => ({
  samplingFraction: optional(fraction()),
  clientSamplingFraction: optional(fraction()),
  overallSamplingFraction: optional(fraction()),
  customTags: optional(mapOf(customTag)),
  tags: optional(mapOf(text())),
  spanName: optional(object({ client: text(), server: text() })),
});

export const telemetry = object({
  tracing: optional(object(tracingSettings())),
  metrics: optional(object({ routeStatName: optional(text()) })),
});
