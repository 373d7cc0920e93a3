import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { EnvoyProxy } from "../../../src/resources/kinds/envoy-proxy.ts";
import { admitYaml, errorsOf, objectOf } from "../../helpers/parse-yaml.ts";

const proxy = (spec: string): string =>
  `{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, metadata: {name: p}, spec: {${spec}}}`;
const kubernetes = (settings: string): string => `provider: {type: Kubernetes, kubernetes: {${settings}}}`;
const sink = (one: string): string => `telemetry: {accessLog: {settings: [{sinks: [{${one}}]}]}}`;
const collector = (backend: string): string => sink(`type: OpenTelemetry, openTelemetry: {${backend}}`);
const [workload, log] = ["spec.provider.kubernetes", "spec.telemetry.accessLog.settings[0]"];

/** What an API server with upstream's CRD says to each; the path and the message. */
const refused: readonly (readonly [spec: string, error: string])[] = [
  ["provider: {}", "spec.provider.type: Required value"],
  ["mergeGateways: true, mergeBackends: {}", "spec: mergeGateways and mergeBackends cannot both be enabled"],
  ["bootstrap: {}", "spec.bootstrap: provided bootstrap patch doesn't match the configured patch type"],
  [
    "bootstrap: {type: JSONPatch, jsonPatches: []}",
    "spec.bootstrap: provided bootstrap patch doesn't match the configured patch type",
  ],
  [
    "backendTLS: {minVersion: '1.3', maxVersion: '1.2'}",
    "spec.backendTLS: minVersion must be smaller or equal to maxVersion",
  ],
  ["filterOrder: [{name: envoy.filters.http.cors}]", "spec.filterOrder[0]: one of before or after must be specified"],
  [
    "filterOrder: [{name: envoy.filters.http.cors, before: envoy.filters.http.wasm, after: envoy.filters.http.wasm}]",
    "spec.filterOrder[0]: only one of before or after can be specified",
  ],
  [
    "dynamicModules: [{name: m, source: {}}]",
    "spec.dynamicModules[0].source: If type is Local, local field needs to be set.",
  ],
  [
    "dynamicModules: [{name: m, source: {type: Remote}}]",
    "spec.dynamicModules[0].source: If type is Remote, remote field needs to be set.",
  ],
  ["geoIP: {provider: {type: MaxMind}}", "spec.geoIP.provider: maxMind must be set when type is MaxMind"],
  [
    "geoIP: {provider: {type: MaxMind, maxMind: {}}}",
    "spec.geoIP.provider.maxMind: at least one MaxMind database source must be specified",
  ],
  [
    kubernetes("envoyDeployment: {}, envoyDaemonSet: {}"),
    `${workload}: only one of envoyDeployment or envoyDaemonSet can be specified`,
  ],
  [
    kubernetes("envoyHpa: {maxReplicas: 2}, envoyDaemonSet: {}"),
    `${workload}: cannot use envoyHpa if envoyDaemonSet is used`,
  ],
  [
    kubernetes("envoyDeployment: {container: {image: a, imageRepository: b}}"),
    `${workload}.envoyDeployment.container: Either image or imageRepository can be set.`,
  ],
  [
    kubernetes("envoyDeployment: {container: {resources: 2}}"),
    `${workload}.envoyDeployment.container.resources: must be an object, not 2`,
  ],
  [
    kubernetes("envoyHpa: {minReplicas: 3, maxReplicas: 2}"),
    `${workload}.envoyHpa: maxReplicas cannot be less than minReplicas`,
  ],
  [kubernetes("envoyHpa: {maxReplicas: 0}"), `${workload}.envoyHpa.maxReplicas: maxReplicas must be greater than 0`],
  [
    kubernetes("envoyPDB: {minAvailable: 1, maxUnavailable: 1}"),
    `${workload}.envoyPDB: only one of minAvailable or maxUnavailable can be specified`,
  ],
  [
    kubernetes("envoyService: {type: ClusterIP, loadBalancerIP: 1.2.3.4}"),
    `${workload}.envoyService: loadBalancerIP can only be set for LoadBalancer type`,
  ],
  [
    kubernetes("envoyService: {loadBalancerIP: 'fd00::1'}"),
    `${workload}.envoyService.loadBalancerIP: loadBalancerIP must be a valid IPv4 address`,
  ],
  [sink("type: File"), `${log}.sinks[0]: If AccessLogSink type is File, file field needs to be set.`],
  [
    "telemetry: {accessLog: {settings: [{format: {}, sinks: [{type: File, file: {}}]}]}}",
    `${log}.format: If AccessLogFormat type is unset, at least one of text or json must be set.`,
  ],
  [sink("type: ALS, als: {type: HTTP}"), `${log}.sinks[0].als: must have at least one backend in backendRefs`],
  [collector("port: 4317"), `${log}.sinks[0].openTelemetry: host or backendRefs needs to be set`],
  [
    collector("host: h, backendRef: {name: b, port: 1}"),
    `${log}.sinks[0].openTelemetry: BackendRefs must be used, backendRef is not supported.`,
  ],
  [
    collector("backendRefs: [{name: b}]"),
    `${log}.sinks[0].openTelemetry.backendRefs[0]: Must have port for Service reference`,
  ],
  [
    collector("backendRefs: [{name: b, kind: Pod}]"),
    `${log}.sinks[0].openTelemetry: BackendRefs only support Service and Backend kind.`,
  ],
  [
    "telemetry: {tracing: {samplingRate: 1, samplingFraction: {numerator: 1}, provider: {host: h}}}",
    "spec.telemetry.tracing: only one of SamplingRate or SamplingFraction can be specified",
  ],
  [
    "telemetry: {tracing: {provider: {host: h, type: Zipkin, openTelemetry: {}}}}",
    "spec.telemetry.tracing.provider: openTelemetry can only be used with type OpenTelemetry",
  ],
];

suite("EnvoyProxy", () => {
  for (const [spec, error] of refused)
    test(`${spec} is refused`, () => {
      assert.deepEqual(errorsOf(admitYaml(proxy(spec))), [error]);
    });

  test("what has a default is there", () => {
    const { spec } = objectOf<EnvoyProxy>(admitYaml(proxy(kubernetes("envoyService: {}"))));
    assert.deepEqual(spec, {
      provider: {
        type: "Kubernetes",
        kubernetes: { envoyService: { type: "LoadBalancer", externalTrafficPolicy: "Local" } },
      },
      logging: { level: { default: "warn" } },
    });
  });

  test("parts of a PodSpec and patches are passed on as they came", () => {
    const pod = { affinity: { nodeAffinity: { anything: [1] } }, volumes: [{ name: "v", emptyDir: {} }] };
    const patch = { type: "StrategicMerge", value: { spec: { x: null } } };
    const { spec } = objectOf<EnvoyProxy>(
      admitYaml(proxy(kubernetes(`envoyDeployment: ${JSON.stringify({ patch, pod })}`))),
    );
    assert.deepEqual(spec.provider?.kubernetes?.envoyDeployment, { patch, pod });
  });
});
