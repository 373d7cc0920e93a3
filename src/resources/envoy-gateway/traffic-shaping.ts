/** Limits and faults that a policy puts on a route. */

import { Type } from "typebox";
import { durationMs } from "../duration.ts";
import { duration } from "../gateway-api/shapes.ts";
import { defaulted, integer, list, object, oneOf, optional, quantity, text } from "../schema.ts";

const bandwidth = () => object({ value: quantity(), unit: oneOf(["Second", "Minute", "Hour"]) });

export const bandwidthLimit = object(
  {
    request: optional(object({ limit: bandwidth() })),
    response: optional(
      object({
        limit: bandwidth(),
        responseTrailers: optional(object({ prefix: optional(text({ pattern: "^[^\\r\\n\\x00]*$" })) })),
      }),
    ),
  },
  {
    "at least one of request or response must be specified": (self) =>
      self.request !== undefined || self.response !== undefined,
  },
);

const percentage = () => defaulted(Type.Number(), 100);

export const faultInjection = object(
  {
    delay: optional(object({ fixedDelay: duration(), percentage: percentage() })),
    abort: optional(
      object(
        {
          httpStatus: optional(integer(200, 600)),
          grpcStatus: optional(integer(0, 16)),
          percentage: percentage(),
        },
        {
          "httpStatus and grpcStatus cannot be simultaneously defined.": (self) =>
            self.httpStatus === undefined || self.grpcStatus === undefined,
          "httpStatus and grpcStatus are set at least one.": (self) =>
            self.httpStatus !== undefined || self.grpcStatus !== undefined,
        },
      ),
    ),
  },
  {
    "Delay and abort faults are set at least one.": (self) => self.delay !== undefined || self.abort !== undefined,
  },
);

const grpcStatusNames = [
  "Ok",
  "Cancelled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

export const admissionControl = object(
  {
    samplingWindow: optional(duration()),
    minSuccessRate: optional(integer()),
    rejectionAggression: optional(integer(1)),
    minRequestRate: optional(integer(0)),
    maxRejectionPercent: optional(integer()),
    successCriteria: optional(
      object({
        http: optional(object({ statusCodes: optional(list(integer(100, 599))) })),
        grpc: optional(object({ statusCodes: optional(list(oneOf(grpcStatusNames))) })),
      }),
    ),
  },
  {
    "minSuccessRate must be between 1 and 100": ({ minSuccessRate = 1 }) =>
      minSuccessRate >= 1 && minSuccessRate <= 100,
    "maxRejectionPercent must be between 0 and 100": ({ maxRejectionPercent = 0 }) =>
      maxRejectionPercent >= 0 && maxRejectionPercent <= 100,
    "samplingWindow must be at least 1s": ({ samplingWindow = "1s" }) => (durationMs(samplingWindow) ?? 0) >= 1000,
  },
);

export const compressor = object({
  type: oneOf(["Gzip", "Brotli", "Zstd"]),
  gzip: optional(object({})),
  brotli: optional(object({})),
  zstd: optional(object({})),
  minContentLength: optional(quantity()),
});

export const compressors = () => list(compressor);
