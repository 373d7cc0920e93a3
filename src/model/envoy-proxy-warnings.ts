import type { EnvoyProxySpec } from "./envoy-proxy-spec.ts";

type Tree = { readonly [field: string]: true | Tree };

/** What of an EnvoyProxy has an effect; `true`: all of it. */
const inEffect: Tree = {
  mergeType: true,
  concurrency: true,
  extraArgs: true,
  logging: { level: true },
  shutdown: { drainTimeout: true, minDrainDuration: true, healthCheckFailureDelay: true },
  bootstrap: true,
  provider: {
    type: true,
    kubernetes: {
      envoyDeployment: {
        name: true,
        replicas: true,
        strategy: true,
        initContainers: true,
        patch: true,
        pod: {
          labels: true,
          annotations: true,
          nodeSelector: true,
          tolerations: true,
          affinity: true,
          topologySpreadConstraints: true,
          securityContext: true,
          volumes: true,
          imagePullSecrets: true,
          priorityClassName: true,
        },
        container: {
          image: true,
          imageRepository: true,
          resources: true,
          env: true,
          volumeMounts: true,
          securityContext: true,
        },
      },
      envoyService: true,
      envoyHpa: true,
      envoyPDB: true,
      envoyServiceAccount: true,
      useListenerPortAsContainerPort: true,
    },
  },
};

/** What an EnvoyProxy says by a default of its schema alone is said by nobody. */
const withoutMeaning: Readonly<Record<string, unknown>> = { routingType: "Endpoint", mergeGateways: false };

/** Paths of the fields that are set and do nothing, in order. */
export function fieldsWithoutEffect(spec: EnvoyProxySpec): readonly string[] {
  return unknownFields(spec as Readonly<Record<string, unknown>>, inEffect, "spec").sort();
}

function unknownFields(value: Readonly<Record<string, unknown>>, known: Tree, path: string): string[] {
  return Object.entries(value).flatMap(([field, inner]) => {
    const here = `${path}.${field}`;
    if (inner === undefined || (field in withoutMeaning && withoutMeaning[field] === inner)) return [];
    const below = known[field];
    if (below === true) return here === "spec.provider.type" && inner !== "Kubernetes" ? [here] : [];
    if (below === undefined) return [here];
    if (typeof inner !== "object" || inner === null) return [];
    return unknownFields(inner as Readonly<Record<string, unknown>>, below, here);
  });
}
