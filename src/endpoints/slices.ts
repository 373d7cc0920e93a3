import { present } from "../lib/present.ts";
import type { EndpointIr } from "../model/ir.ts";
import { type EndpointSlice, serviceNameLabel, usableAddresses } from "../resources/kinds/endpoint-slice.ts";
import type { ByName } from "../resources/resource-set.ts";
import { endpointAt } from "./endpoint.ts";

/** By "namespace/name" of the Service. */
export type SliceIndex = ReadonlyMap<string, readonly EndpointSlice[]>;

type SliceEndpoint = EndpointSlice["endpoints"][number];

export function slicesByService(slices: ByName<EndpointSlice>): SliceIndex {
  const index = new Map<string, EndpointSlice[]>();
  for (const slice of slices.values()) {
    const service = slice.metadata.labels[serviceNameLabel];
    if (service === undefined) continue;
    const key = `${slice.metadata.namespace}/${service}`;
    const known = index.get(key);
    if (known === undefined) index.set(key, [slice]);
    else known.push(slice);
  }
  return index;
}

/** A slice says the port by the name that the Service gives it. */
export function endpointsOfSlice(slice: EndpointSlice, portName: string): readonly EndpointIr[] {
  const port = slice.ports.find(({ name, protocol }) => name === portName && protocol === "TCP")?.port;
  if (port === undefined) return [];
  return slice.endpoints.flatMap((endpoint) =>
    usableAddresses(endpoint).map((ip) => ({
      ...endpointAt(ip, port, healthOf(endpoint), podOf(endpoint)),
      ...present("zone", endpoint.zone),
    })),
  );
}

/** Absent conditions mean ready. https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions */
function healthOf({ conditions }: SliceEndpoint): EndpointIr["health"] {
  if (conditions.terminating === true) return "draining";
  return conditions.ready === false ? "unhealthy" : "healthy";
}

function podOf({ targetRef }: SliceEndpoint): string | undefined {
  return targetRef?.kind === "Pod" ? targetRef.name : undefined;
}
