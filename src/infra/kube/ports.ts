import { containerPorts } from "../../lib/container-ports.ts";
import type { InfrastructureIr } from "../../model/infrastructure.ts";

export function usesListenerPorts({ proxy }: InfrastructureIr): boolean {
  return proxy.provider?.kubernetes?.useListenerPortAsContainerPort === true;
}

/** By the listener's port. */
export function portsInPod(infrastructure: InfrastructureIr): ReadonlyMap<number, number> {
  const listenerPorts = infrastructure.ports.map(({ port }) => port);
  return containerPorts(listenerPorts, usesListenerPorts(infrastructure));
}
