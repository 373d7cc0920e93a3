/**
 * The HTTP filters by which traffic policies work. All stand in front of the picker: what is refused, delayed or
 * answered here never waits for a server nor holds room on one. Answers pass them on their way back, and are compressed
 * only after whatever reads them.
 */
import type { HttpFilter } from "../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import type { Any } from "../../../gen/google/protobuf/any.ts";
import type { RouteIr, RouteTrafficIr } from "../../../model/ir.ts";
import type { AnyByName } from "../any.ts";
import { filterNames } from "../filter-names.ts";
import { compress, compressor, compressorKinds, doNotCompress } from "./compressors.ts";
import { fault, noFault } from "./fault.ts";
import { noRateLimit, rateLimit } from "./rate-limit.ts";
import { noOverride, responseOverride } from "./response-override.ts";

/** Disabled, in the order of the chain; CORS stands before limits, so that a browser may read why it was refused. */
export function trafficFilters(cors: HttpFilter): readonly HttpFilter[] {
  return [
    disabled(filterNames.customResponse, noOverride),
    disabled(filterNames.fault, noFault),
    cors,
    disabled(filterNames.localRateLimit, noRateLimit),
    ...compressorKinds.map((kind) => disabled(filterNames[kind], compressor(kind))),
  ];
}

function disabled(name: string, value: Any): HttpFilter {
  return { name, disabled: true, configType: { $case: "typedConfig", value } };
}

/** typed_per_filter_config of a route. */
export function trafficRouteFilters(traffic: RouteTrafficIr = {}): AnyByName {
  const { responseOverrides, compressors = [] } = traffic;
  return {
    ...(responseOverrides === undefined ? {} : { [filterNames.customResponse]: responseOverride(responseOverrides) }),
    ...(traffic.fault === undefined ? {} : { [filterNames.fault]: fault(traffic.fault) }),
    ...(traffic.rateLimit === undefined ? {} : { [filterNames.localRateLimit]: rateLimit(traffic.rateLimit) }),
    ...Object.fromEntries(compressors.map((kind) => [filterNames[kind], compress])),
  };
}

const inert: AnyByName = {
  [filterNames.customResponse]: noOverride,
  [filterNames.fault]: noFault,
  [filterNames.localRateLimit]: noRateLimit,
  ...Object.fromEntries(compressorKinds.map((kind) => [filterNames[kind], doNotCompress])),
};

/**
 * For a virtual host whose requests find their route after their body was read: the filters of its routes have to be
 * there by then.
 */
export function inertTrafficFilters(routes: readonly RouteIr[]): AnyByName {
  const used = new Set<string>(routes.flatMap(({ traffic }) => (traffic === undefined ? [] : namesUsed(traffic))));
  return Object.fromEntries(Object.entries(inert).filter(([name]) => used.has(name)));
}

function namesUsed({ responseOverrides, fault: faults, rateLimit: limits, compressors = [] }: RouteTrafficIr) {
  return [
    ...(responseOverrides === undefined ? [] : [filterNames.customResponse]),
    ...(faults === undefined ? [] : [filterNames.fault]),
    ...(limits === undefined ? [] : [filterNames.localRateLimit]),
    ...compressors.map((kind) => filterNames[kind]),
  ];
}
