import type { EndpointIr } from "../model/ir.ts";
import { type Pod, podIsReady, targetPortAnnotation } from "../resources/kinds/pod.ts";
import type { ByName } from "../resources/resource-set.ts";
import { endpointAt } from "./endpoint.ts";

export interface PodSelection {
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
}

/** One endpoint per Pod and port; a Pod without an address, or that has ended, has none. */
export function endpointsOfPods(
  pods: ByName<Pod>,
  selection: PodSelection,
  targetPorts: readonly number[],
): readonly EndpointIr[] {
  return [...pods.values()]
    .filter((pod) => isSelected(pod, selection))
    .flatMap((pod) => endpointsOfPod(pod, targetPorts));
}

function isSelected({ metadata }: Pod, { namespace, selector }: PodSelection): boolean {
  return (
    metadata.namespace === namespace &&
    Object.entries(selector).every(([label, value]) => metadata.labels[label] === value)
  );
}

function endpointsOfPod(pod: Pod, targetPorts: readonly number[]): readonly EndpointIr[] {
  const { podIP, phase } = pod.status;
  if (podIP === undefined || podIP === "" || phase === "Succeeded" || phase === "Failed") return [];
  const own = ownPort(pod);
  const ports = own === undefined ? targetPorts : [own];
  return ports.map((port) => endpointAt(podIP, port, healthOf(pod), pod.metadata.name));
}

/** A Pod's own port in place of the pool's: on one machine several servers share an address. */
function ownPort({ metadata }: Pod): number | undefined {
  const text = metadata.annotations[targetPortAnnotation];
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function healthOf(pod: Pod): EndpointIr["health"] {
  if (pod.metadata.deletionTimestamp !== undefined) return "draining";
  return podIsReady(pod) ? "healthy" : "unhealthy";
}
