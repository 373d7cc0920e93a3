import type { Json } from "../../lib/json.ts";
import { asJson } from "../../model/envoy-proxy-spec.ts";
import { deploymentName } from "./deployment.ts";
import { type Making, type Manifest, metadataOf, patched } from "./make-object.ts";

const cpuAt80: Json = [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];

/** Only where the EnvoyProxy asks for one. */
export function autoscaler(making: Making): readonly Manifest[] {
  const settings = making.infrastructure.proxy.provider?.kubernetes?.envoyHpa;
  if (settings === undefined) return [];
  const { minReplicas = 1, maxReplicas, metrics, behavior } = settings;
  const object: Manifest = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf(making, { name: settings.name }),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deploymentName(making) },
      minReplicas,
      maxReplicas,
      metrics: metrics === undefined || metrics.length === 0 ? cpuAt80 : asJson(metrics),
      ...(behavior === undefined ? {} : { behavior: asJson(behavior) }),
    },
  };
  return [patched(object, settings.patch, making)];
}
