import { proxyPorts } from "../../lib/container-ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { containerSecurity } from "./container-parts.ts";
import type { Making } from "./make-object.ts";
import { shutdownTimes } from "./shutdown-times.ts";

/**
 * It drains Envoy when it is told to end: its container has no preStop, so Kubernetes sends it SIGTERM as soon as the
 * Pod is deleted, while Envoy's preStop waits for its answer. So no shell is needed, and no request from the network
 * can start a drain. It has no liveness probe: a restart by one would begin with that SIGTERM.
 */
export function shutdownContainer({ infrastructure, settings }: Making): JsonObject {
  const { failureDelaySeconds, drainSeconds, minDrainSeconds } = shutdownTimes(infrastructure);
  return {
    name: "shutdown-manager",
    image: settings.image,
    args: [
      ...["envoy", "shutdown-manager"],
      `--ready-timeout=${drainSeconds + 10}`,
      `--drain-timeout=${drainSeconds}`,
      `--min-drain-duration=${minDrainSeconds}`,
      ...(failureDelaySeconds === 0 ? [] : [`--health-check-failure-delay=${failureDelaySeconds}`]),
    ],
    resources: { requests: { cpu: "10m", memory: "32Mi" } },
    securityContext: containerSecurity,
    ports: [{ name: "shutdown", containerPort: proxyPorts.shutdown, protocol: "TCP" }],
    startupProbe: {
      httpGet: { path: "/healthz", port: proxyPorts.shutdown, scheme: "HTTP" },
      periodSeconds: 10,
      failureThreshold: 30,
      timeoutSeconds: 1,
    },
  };
}
