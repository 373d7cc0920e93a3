import { proxyPorts } from "../../lib/container-ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { asJson, asJsonObject } from "../../model/envoy-proxy-spec.ts";
import { envoyContainer } from "./envoy-container.ts";
import { objectLabels } from "./labels.ts";
import type { Making } from "./make-object.ts";
import { objectName } from "./names.ts";
import { usesListenerPorts } from "./ports.ts";
import { serviceAccountName } from "./service-account.ts";
import { shutdownContainer } from "./shutdown-container.ts";
import { marginSeconds, shutdownTimes } from "./shutdown-times.ts";

const scraped: Readonly<Record<string, string>> = {
  "prometheus.io/path": "/stats/prometheus",
  "prometheus.io/port": String(proxyPorts.stats),
  "prometheus.io/scrape": "true",
};

export function podTemplate(making: Making): JsonObject {
  const { infrastructure } = making;
  const { pod = {}, initContainers } = infrastructure.proxy.provider?.kubernetes?.envoyDeployment ?? {};
  const name = objectName(infrastructure.key);
  return {
    metadata: {
      labels: { ...pod.labels, ...objectLabels(infrastructure) },
      annotations: { ...scraped, ...infrastructure.annotations, ...pod.annotations },
    },
    spec: {
      serviceAccountName: serviceAccountName(making) ?? name,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: shutdownTimes(infrastructure).drainSeconds + marginSeconds,
      securityContext: { ...podSecurity(usesListenerPorts(infrastructure)), ...asJsonObject(pod.securityContext) },
      ...(initContainers === undefined ? {} : { initContainers: asJson(initContainers) }),
      containers: [envoyContainer(making), shutdownContainer(making)],
      volumes: [
        { name: "certs", secret: { secretName: name } },
        { name: "sds", configMap: { name } },
        ...(pod.volumes ?? []).map(asJson),
      ],
      ...given("nodeSelector", pod.nodeSelector),
      ...given("tolerations", pod.tolerations),
      ...given("affinity", pod.affinity),
      ...given("topologySpreadConstraints", pod.topologySpreadConstraints),
      ...given("imagePullSecrets", pod.imagePullSecrets),
      ...given("priorityClassName", pod.priorityClassName),
    },
  };
}

/** Ports below 1024 are open to all in the Pod's own network namespace, so that no process needs a capability. */
function podSecurity(bindsLowPorts: boolean): JsonObject {
  return bindsLowPorts ? { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] } : {};
}

function given(field: string, value: unknown): JsonObject {
  return value === undefined ? {} : { [field]: asJson(value) };
}
