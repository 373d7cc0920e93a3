/** How a fleet of Envoys runs on Kubernetes. https://gateway.envoyproxy.io/docs/api/extension_types/#envoyproxykubernetesprovider */
import {
  anyObject,
  anything,
  defaulted,
  flag,
  integer,
  intOrString,
  keyword,
  list,
  mapOf,
  object,
  oneOf,
  optional,
  text,
} from "../schema.ts";

/** What is laid over a generated object before it is applied. */
const patch = () => optional(object({ type: optional(text()), value: anything() }));
const name = () => optional(text());
const labels = () => optional(mapOf(text()));

const pod = object({
  annotations: labels(),
  labels: labels(),
  securityContext: optional(anyObject()),
  affinity: optional(anyObject()),
  tolerations: optional(list(anyObject())),
  volumes: optional(list(anyObject())),
  imagePullSecrets: optional(list(anyObject())),
  nodeSelector: labels(),
  topologySpreadConstraints: optional(list(anyObject())),
  priorityClassName: optional(text()),
});

const container = object(
  {
    env: optional(list(anyObject())),
    resources: optional(anyObject()),
    securityContext: optional(anyObject()),
    image: optional(text()),
    imageRepository: optional(text()),
    volumeMounts: optional(list(anyObject())),
  },
  {
    "Either image or imageRepository can be set.": (self) =>
      self.image === undefined || self.imageRepository === undefined,
  },
);

const workload = {
  patch: patch(),
  strategy: optional(
    object({
      type: optional(text()),
      rollingUpdate: optional(object({ maxUnavailable: optional(intOrString()), maxSurge: optional(intOrString()) })),
    }),
  ),
  pod: optional(pod),
  container: optional(container),
  name: name(),
};

const ipv4 = /^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$/;

interface ServiceShape {
  readonly type: string;
  readonly [field: string]: unknown;
}

const loadBalancerOnly = (field: string) => (self: ServiceShape) =>
  self[field] === undefined || self.type === "LoadBalancer";

const service = object(
  {
    annotations: labels(),
    labels: labels(),
    type: defaulted(oneOf(["ClusterIP", "LoadBalancer", "NodePort"]), "LoadBalancer"),
    loadBalancerClass: optional(text()),
    allocateLoadBalancerNodePorts: optional(flag()),
    loadBalancerSourceRanges: optional(list(text())),
    loadBalancerIP: optional(
      text({
        [keyword.rules]: { "loadBalancerIP must be a valid IPv4 address": (self: string) => ipv4.test(self) },
      }),
    ),
    externalTrafficPolicy: defaulted(oneOf(["Local", "Cluster"]), "Local"),
    patch: patch(),
    name: name(),
  },
  {
    "allocateLoadBalancerNodePorts can only be set for LoadBalancer type": loadBalancerOnly(
      "allocateLoadBalancerNodePorts",
    ),
    "loadBalancerSourceRanges can only be set for LoadBalancer type": loadBalancerOnly("loadBalancerSourceRanges"),
    "loadBalancerIP can only be set for LoadBalancer type": loadBalancerOnly("loadBalancerIP"),
  },
);

/** CRDs give these their own message rather than a minimum. */
const positive = (field: string) =>
  ({
    ...integer(),
    [keyword.rules]: { [`${field} must be greater than 0`]: (self: number) => self > 0 },
  }) as ReturnType<typeof integer>;

const autoscaler = object(
  {
    minReplicas: optional(positive("minReplicas")),
    maxReplicas: positive("maxReplicas"),
    metrics: optional(list(anyObject())),
    behavior: optional(anyObject()),
    patch: patch(),
    name: name(),
  },
  {
    "maxReplicas cannot be less than minReplicas": (self) =>
      self.minReplicas === undefined || self.maxReplicas >= self.minReplicas,
  },
);

const disruptionBudget = object(
  { minAvailable: optional(intOrString()), maxUnavailable: optional(intOrString()), patch: patch(), name: name() },
  {
    "only one of minAvailable or maxUnavailable can be specified": (self) =>
      (self.minAvailable === undefined) !== (self.maxUnavailable === undefined),
  },
);

export const kubernetesProvider = object(
  {
    envoyDeployment: optional(
      object({ replicas: optional(integer()), ...workload, initContainers: optional(list(anyObject())) }),
    ),
    envoyDaemonSet: optional(object(workload)),
    envoyService: optional(service),
    envoyServiceAccount: optional(object({ name: name() })),
    envoyHpa: optional(autoscaler),
    envoyPDB: optional(disruptionBudget),
    useListenerPortAsContainerPort: optional(flag()),
  },
  {
    "only one of envoyDeployment or envoyDaemonSet can be specified": (self) =>
      self.envoyDeployment === undefined || self.envoyDaemonSet === undefined,
    "cannot use envoyHpa if envoyDaemonSet is used": (self) =>
      self.envoyHpa === undefined || self.envoyDaemonSet === undefined,
  },
);
