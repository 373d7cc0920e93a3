/**
 * The endpoint lane: EndpointSlices and Pods change often, so they bypass the model and touch endpoints only. It reads
 * the clusters that there are and what may run behind them, and produces the endpoints of each cluster:
 *
 *     Service -> EndpointSlices -> endpoints        InferencePool -> Pods by label -> endpoints
 *
 * It owns the last result: what did not change is not read again, and stays the identical array.
 */
import { Memo } from "../lib/memo.ts";
import type { ClusterIr, EndpointIr, EndpointSourceIr, EndpointsByCluster } from "../model/ir.ts";
import type { EndpointSlice } from "../resources/kinds/endpoint-slice.ts";
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
  const memory = new Memo<readonly EndpointIr[]>();
  return {
    resolve(clusters, { endpointSlices, pods }) {
      memory.begin();
      const index = slicesByService(endpointSlices);
      const resolved = new Map<string, readonly EndpointIr[]>();
      for (const { key, endpoints } of clusters) {
        const slices = slicesOf(endpoints, index);
        const fresh = (last: readonly EndpointIr[] | undefined): readonly EndpointIr[] => {
          const found = inOrder(endpointsOf(endpoints, slices, pods));
          return last !== undefined && sameEndpoints(last, found) ? last : found;
        };
        resolved.set(key, memory.recall(key, [endpoints, ...(slices ?? [pods])], fresh));
      }
      return resolved;
    },
  };
}

function slicesOf(source: EndpointSourceIr, index: SliceIndex): readonly EndpointSlice[] | undefined {
  return source.kind === "service" ? index.get(`${source.namespace}/${source.name}`) : undefined;
}

function endpointsOf(
  source: EndpointSourceIr,
  slices: readonly EndpointSlice[] | undefined,
  pods: EndpointResources["pods"],
): readonly EndpointIr[] {
  if (source.kind === "pool") return endpointsOfPods(pods, source, source.targetPorts);
  // Its hosts are part of the cluster.
  if (source.kind === "backend") return [];
  if (slices !== undefined) return slices.flatMap((slice) => endpointsOfSlice(slice, source.portName));
  const { pods: selected } = source;
  return selected === undefined ? [] : endpointsOfPods(pods, { ...source, ...selected }, [selected.targetPort]);
}
