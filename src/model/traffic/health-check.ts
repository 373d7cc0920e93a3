import { present } from "../../lib/present.ts";
import type { ActiveCheckIr, CheckIr, ClusterTrafficIr, HttpMethodIr, PassiveCheckIr, PayloadIr } from "../ir.ts";
import { type Field, milliseconds } from "./spec.ts";

type HealthCheck = Field<"healthCheck">;
type Active = NonNullable<HealthCheck["active"]>;
type Passive = NonNullable<HealthCheck["passive"]>;
type Payload = NonNullable<NonNullable<Active["http"]>["requestBody"]>;

export const checkMethods: readonly HttpMethodIr[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "PATCH",
];

export function healthChecks(
  healthCheck: HealthCheck,
): Pick<ClusterTrafficIr, "activeCheck" | "passiveCheck" | "panicPercent"> {
  const { active, passive, panicThreshold } = healthCheck;
  return {
    ...present("activeCheck", active === undefined ? undefined : activeOf(active)),
    ...present("passiveCheck", passive === undefined ? undefined : passiveOf(passive)),
    ...present("panicPercent", panicThreshold),
  };
}

function activeOf(active: Active): ActiveCheckIr {
  return {
    timeoutMs: milliseconds(active.timeout) ?? 1000,
    intervalMs: milliseconds(active.interval) ?? 3000,
    ...present("initialJitterMs", milliseconds(active.initialJitter)),
    unhealthyThreshold: active.unhealthyThreshold,
    healthyThreshold: active.healthyThreshold,
    ...present("port", active.overrides?.port),
    check: checkOf(active),
  };
}

function checkOf({ type, http, tcp, grpc }: Active): CheckIr {
  switch (type) {
    case "HTTP": {
      const method = (http?.method ?? "GET").toUpperCase() as HttpMethodIr;
      return {
        kind: "http",
        path: http?.path ?? "/",
        ...present("hostname", http?.hostname),
        method,
        expectedStatuses: http?.expectedStatuses ?? [],
        retriableStatuses: http?.retriableStatuses ?? [],
        ...present("send", payload(http?.requestBody)),
        ...present("receive", payload(http?.expectedResponse)),
      };
    }
    case "TCP":
      return { kind: "tcp", ...present("send", payload(tcp?.send)), ...present("receive", payload(tcp?.receive)) };
    case "GRPC":
      return { kind: "grpc", ...present("service", grpc?.service) };
  }
}

function payload(given: Payload | undefined): PayloadIr | undefined {
  if (given === undefined) return undefined;
  const bytes = given.type === "Text" ? Buffer.from(given.text ?? "") : Buffer.from(given.binary ?? "", "base64");
  return { hex: bytes.toString("hex") };
}

function passiveOf(passive: Passive): PassiveCheckIr {
  return {
    intervalMs: milliseconds(passive.interval) ?? 3000,
    baseEjectionMs: milliseconds(passive.baseEjectionTime) ?? 30_000,
    maxEjectionPercent: passive.maxEjectionPercent,
    consecutive5xx: passive.consecutive5XxErrors,
    ...present("consecutiveGatewayErrors", passive.consecutiveGatewayErrors),
    consecutiveLocalFailures: passive.consecutiveLocalOriginFailures,
    splitLocalErrors: passive.splitExternalLocalOriginErrors,
    ...present("failurePercentage", passive.failurePercentageThreshold),
    alwaysEjectOne: passive.alwaysEjectOneEndpoint,
  };
}
