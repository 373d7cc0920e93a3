import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { EnvoyProxy } from "../../../src/resources/kinds/envoy-proxy.ts";
import { admitYaml, errorsOf, objectOf } from "../../helpers/parse-yaml.ts";
import { envoyProxy, onKubernetes, refusedProxies } from "../../helpers/refused-specs.ts";

suite("EnvoyProxy", () => {
  for (const [spec, error] of refusedProxies)
    test(`${spec} is refused`, () => {
      assert.deepEqual(errorsOf(admitYaml(envoyProxy(spec))), [error]);
    });

  test("what has a default is there", () => {
    const { spec } = objectOf<EnvoyProxy>(admitYaml(envoyProxy(onKubernetes("envoyService: {}"))));
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
      admitYaml(envoyProxy(onKubernetes(`envoyDeployment: ${JSON.stringify({ patch, pod })}`))),
    );
    assert.deepEqual(spec.provider?.kubernetes?.envoyDeployment, { patch, pod });
  });
});
