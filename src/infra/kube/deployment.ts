import { asJson } from "../../model/envoy-proxy-spec.ts";
import { selectorLabels } from "./labels.ts";
import { type Making, type Manifest, metadataOf, patched } from "./make-object.ts";
import { objectName } from "./names.ts";
import { podTemplate } from "./pod.ts";

export function deploymentName({ infrastructure }: Making): string {
  return infrastructure.proxy.provider?.kubernetes?.envoyDeployment?.name ?? objectName(infrastructure.key);
}

export function deployment(making: Making): Manifest {
  const { infrastructure } = making;
  const { envoyDeployment: settings = {}, envoyHpa } = infrastructure.proxy.provider?.kubernetes ?? {};
  const object: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(making, { name: settings.name }),
    spec: {
      // With an autoscaler the number is its own.
      ...(envoyHpa === undefined ? { replicas: settings.replicas ?? 1 } : {}),
      selector: { matchLabels: selectorLabels(infrastructure.key) },
      strategy: settings.strategy === undefined ? { type: "RollingUpdate" } : asJson(settings.strategy),
      template: podTemplate(making),
    },
  };
  return patched(object, settings.patch, making);
}
