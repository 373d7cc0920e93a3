import type { JsonObject } from "../../lib/json.ts";
import { present } from "../../lib/present.ts";
import type { ServiceSettings } from "../../model/envoy-proxy-spec.ts";
import { selectorLabels } from "./labels.ts";
import { type Making, type Manifest, metadataOf, patched } from "./make-object.ts";
import { portsInPod } from "./ports.ts";

const noSettings: ServiceSettings = {};

export function service(making: Making): Manifest {
  const { infrastructure } = making;
  const settings = infrastructure.proxy.provider?.kubernetes?.envoyService ?? noSettings;
  const type = settings.type ?? "LoadBalancer";
  const object: Manifest = {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(making, settings),
    spec: {
      type,
      selector: selectorLabels(infrastructure.key),
      ports: servicePorts(making),
      ...addresses(infrastructure.addresses, type),
      ...(type === "ClusterIP" ? {} : { externalTrafficPolicy: settings.externalTrafficPolicy ?? "Local" }),
      ...(type === "LoadBalancer" ? loadBalancer(settings) : {}),
    },
  };
  return patched(object, settings.patch, making);
}

function servicePorts({ infrastructure }: Making): readonly JsonObject[] {
  const inPod = portsInPod(infrastructure);
  return infrastructure.ports.map(({ port, protocol }) => ({
    name: `${protocol.toLowerCase()}-${port}`,
    protocol: "TCP",
    port,
    targetPort: inPod.get(port) ?? port,
  }));
}

/** A cluster IP is one of the cluster's own range, and one alone can be asked for; external ones are somebody else's to route. */
function addresses(wanted: readonly string[], type: string): JsonObject {
  const [first] = wanted;
  if (first === undefined) return {};
  return type === "ClusterIP" ? { clusterIP: first } : { externalIPs: wanted };
}

function loadBalancer(settings: ServiceSettings): JsonObject {
  return {
    ...present("loadBalancerClass", settings.loadBalancerClass),
    ...present("allocateLoadBalancerNodePorts", settings.allocateLoadBalancerNodePorts),
    ...present("loadBalancerSourceRanges", settings.loadBalancerSourceRanges),
    ...present("loadBalancerIP", settings.loadBalancerIP),
  };
}
