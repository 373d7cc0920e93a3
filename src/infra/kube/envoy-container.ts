import { proxyPorts } from "../../lib/container-ports.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { asJson, asJsonObject, type ContainerSettings } from "../../model/envoy-proxy-spec.ts";
import type { InfrastructureIr } from "../../model/infrastructure.ts";
import { proxyBootstrap } from "./bootstrap.ts";
import { certificateMounts, containerSecurity } from "./container-parts.ts";
import type { Making } from "./make-object.ts";

/** Listeners' ports are not declared: a listener that comes or goes must not replace the Pods. */
export function envoyContainer(making: Making): JsonObject {
  const { infrastructure, settings } = making;
  const container = infrastructure.proxy.provider?.kubernetes?.envoyDeployment?.container ?? {};
  const ready = { path: "/ready", port: proxyPorts.ready, scheme: "HTTP" };
  return {
    name: "envoy",
    image: imageOf(container, settings.envoyImage),
    command: ["envoy"],
    args: envoyArgs(making),
    env: [
      fieldEnv("ENVOY_POD_NAMESPACE", "metadata.namespace"),
      fieldEnv("ENVOY_POD_NAME", "metadata.name"),
      // Of the node, copied to the Pod by the API server since Kubernetes 1.35; empty where it is not.
      fieldEnv("ENVOY_SERVICE_ZONE", "metadata.labels['topology.kubernetes.io/zone']"),
      ...(container.env ?? []).map(asJson),
    ],
    resources: container.resources === undefined ? defaultResources : asJson(container.resources),
    securityContext: { ...containerSecurity, ...asJsonObject(container.securityContext) },
    ports: [
      { name: "metrics", containerPort: proxyPorts.stats, protocol: "TCP" },
      { name: "readiness", containerPort: proxyPorts.ready, protocol: "TCP" },
    ],
    startupProbe: { httpGet: ready, periodSeconds: 10, failureThreshold: 30, timeoutSeconds: 1 },
    readinessProbe: { httpGet: ready, periodSeconds: 5, failureThreshold: 1, timeoutSeconds: 1 },
    livenessProbe: { httpGet: ready, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 1 },
    // Its image has no shell: it waits for the shutdown manager, which drains it over its admin interface.
    lifecycle: { preStop: { httpGet: { path: "/shutdown/ready", port: proxyPorts.shutdown, scheme: "HTTP" } } },
    volumeMounts: [...certificateMounts, ...(container.volumeMounts ?? []).map(asJson)],
  };
}

const defaultResources: JsonObject = { requests: { cpu: "100m", memory: "512Mi" } };

function envoyArgs(making: Making): readonly string[] {
  const { infrastructure } = making;
  const { concurrency, extraArgs = [] } = infrastructure.proxy;
  return [
    ...["--service-cluster", infrastructure.key],
    ...["--service-node", "$(ENVOY_POD_NAME)"],
    ...["--config-yaml", JSON.stringify(proxyBootstrap(making))],
    ...logArgs(infrastructure),
    ...["--drain-strategy", "immediate"],
    ...["--drain-time-s", "60"],
    // One Envoy to a container: nothing to hand over to, and no shared memory to write.
    "--disable-hot-restart",
    ...(concurrency === undefined ? [] : ["--concurrency", String(concurrency)]),
    ...extraArgs,
  ];
}

const componentLevels = "--component-log-level";

/**
 * As a warning, `misc` names each message of ours that Envoy marks as new, at each start and each change. Envoy does not
 * start where an argument is given twice.
 */
function logArgs({ proxy }: InfrastructureIr): readonly string[] {
  const { default: level = "warn", ...components } = proxy.logging?.level ?? {};
  const isAsked = proxy.extraArgs?.some((argument) => argument.startsWith(componentLevels)) ?? false;
  const others = Object.entries(level === "warn" && !isAsked ? { misc: "error", ...components } : components)
    .map(([component, its]) => `${component}:${its}`)
    .sort();
  return ["--log-level", level, ...(others.length === 0 ? [] : [componentLevels, others.join(",")])];
}

function imageOf({ image, imageRepository }: ContainerSettings, ours: string): string {
  if (image !== undefined) return image;
  if (imageRepository === undefined) return ours;
  const name = ours.slice(ours.lastIndexOf("/") + 1);
  const tag = name.includes(":") ? name.slice(name.indexOf(":")) : "";
  return `${imageRepository}${tag}`;
}

function fieldEnv(name: string, fieldPath: string): Json {
  return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
}
