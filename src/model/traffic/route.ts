/** What a policy says of requests and answers. */
import { present } from "../../lib/present.ts";
import { quantityValue } from "../../resources/quantity.ts";
import type { CompressorIr, FaultIr, ResponseOverrideIr, RouteTrafficIr, TextMatchIr, UpgradeIr } from "../ir.ts";
import { rateLimitOf } from "./rate-limit.ts";
import { type Field, milliseconds, type Spec } from "./spec.ts";

/** Undefined where it says nothing, so that such a policy leaves the route as it is. */
export function routeTraffic(spec: Spec): RouteTrafficIr | undefined {
  const traffic: RouteTrafficIr = {
    ...present("fault", spec.faultInjection && faultOf(spec.faultInjection)),
    ...present("rateLimit", spec.rateLimit && rateLimitOf(spec.rateLimit)),
    ...present("compressors", compressorsOf(spec)),
    ...present("responseOverrides", nonEmpty((spec.responseOverride ?? []).map(overrideOf))),
  };
  return Object.keys(traffic).length === 0 ? undefined : traffic;
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

function faultOf({ delay, abort }: Field<"faultInjection">): FaultIr | undefined {
  const ms = milliseconds(delay?.fixedDelay) ?? 0;
  const fault: FaultIr = {
    ...present("delay", delay === undefined || ms === 0 ? undefined : { ms, perMillion: perMillion(delay.percentage) }),
    ...present(
      "abort",
      abort && {
        status:
          abort.httpStatus === undefined
            ? ({ kind: "grpc", code: abort.grpcStatus ?? 2 } as const)
            : ({ kind: "http", code: abort.httpStatus } as const),
        perMillion: perMillion(abort.percentage),
      },
    ),
  };
  return Object.keys(fault).length === 0 ? undefined : fault;
}

function perMillion(percentage: number): number {
  return Math.round(percentage * 10_000);
}

/** The deprecated field counts where the other is left out; a list that is there and empty compresses nothing. */
function compressorsOf({ compression, compressor = compression ?? [] }: Spec): readonly CompressorIr[] | undefined {
  const kinds = { Gzip: "gzip", Brotli: "brotli", Zstd: "zstd" } as const;
  return nonEmpty([...new Set(compressor.map(({ type }) => kinds[type]))]);
}

type Override = Field<"responseOverride">[number];

function overrideOf({ match, response, redirect, source = "All" }: Override): ResponseOverrideIr {
  const { body, header } = response ?? {};
  return {
    statuses: (match.statusCodes ?? []).map(({ type, value = 0, range }) =>
      type === "Range" && range !== undefined ? range : { start: value, end: value },
    ),
    headers: (match.responseHeaders ?? []).map(({ name, value }) => ({
      name: name.toLowerCase(),
      value: { type: textMatch[value.type], value: value.value },
    })),
    source: ({ All: "any", Local: "gateway", Backend: "backend" } as const)[source],
    ...present("status", redirect?.statusCode ?? response?.statusCode),
    ...present("body", body?.inline),
    ...present("contentType", response?.contentType || undefined),
    set: header?.set ?? [],
    add: header?.add ?? [],
    ...present("location", redirect && locationOf(redirect)),
  };
}

const textMatch: Readonly<Record<"Exact" | "Prefix" | "Suffix" | "RegularExpression", TextMatchIr["type"]>> = {
  Exact: "exact",
  Prefix: "prefix",
  Suffix: "suffix",
  RegularExpression: "regex",
};

function locationOf({
  scheme,
  hostname,
  port,
  path,
}: NonNullable<Override["redirect"]>): ResponseOverrideIr["location"] {
  return {
    ...present("scheme", scheme),
    ...present("hostname", hostname),
    ...present("port", port),
    ...present("path", path?.replaceFullPath),
  };
}

export function upgradesOf(upgrades: Spec["httpUpgrade"]): readonly UpgradeIr[] | undefined {
  if (upgrades === undefined || upgrades.length === 0) return undefined;
  return upgrades.map(({ type, connect }) => ({ type, terminate: connect?.terminate === true }));
}

export function bodyLimitOf(requestBuffer: Spec["requestBuffer"]): number | undefined {
  return requestBuffer?.limit === undefined ? undefined : quantityValue(requestBuffer.limit);
}
