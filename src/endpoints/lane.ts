/**
 * The endpoint lane: EndpointSlices and Pods change often, so they bypass the model and touch endpoints only. It reads
 * the clusters that there are and what may run behind them, and produces the endpoints of each cluster:
 *
 *     Service -> EndpointSlices -> endpoints        InferencePool -> Pods by label -> endpoints
 *
 * It owns the last result, so that what did not change stays the identical array.
 */
import type { ClusterIr, EndpointIr, EndpointSourceIr, EndpointsByCluster } from "../model/ir.ts";
import type { EndpointResources } from "../resources/resource-set.ts";
import { inOrder, sameEndpoints } from "./endpoint.ts";
import { endpointsOfPods } from "./pods.ts";
import { endpointsOfSlice, type SliceIndex, slicesByService } from "./slices.ts";

export interface EndpointLane {
  resolve(clusters: Iterable<ClusterEndpoints>, resources: EndpointResources): EndpointsByCluster;
}

/** A ClusterIr, or the key and the endpoints of a pool that no route names. */
export type ClusterEndpoints = Pick<ClusterIr, "key" | "endpoints">;

export function createEndpointLane(): EndpointLane {
  let last: EndpointsByCluster = new Map();
  return {
    resolve(clusters, resources) {
      const slices = slicesByService(resources.endpointSlices);
      const resolved = new Map<string, readonly EndpointIr[]>();
      for (const { key, endpoints } of clusters) {
        const fresh = inOrder(endpointsOf(endpoints, slices, resources));
        const before = last.get(key);
        resolved.set(key, before !== undefined && sameEndpoints(before, fresh) ? before : fresh);
      }
      last = resolved;
      return resolved;
    },
  };
}

function endpointsOf(source: EndpointSourceIr, slices: SliceIndex, { pods }: EndpointResources): readonly EndpointIr[] {
  if (source.kind === "pool") return endpointsOfPods(pods, source, source.targetPorts);
  // Its hosts are part of the cluster.
  if (source.kind === "backend") return [];
  const found = slices.get(`${source.namespace}/${source.name}`);
  if (found !== undefined) return found.flatMap((slice) => endpointsOfSlice(slice, source.portName));
  const { pods: selected } = source;
  return selected === undefined ? [] : endpointsOfPods(pods, { ...source, ...selected }, [selected.targetPort]);
}
