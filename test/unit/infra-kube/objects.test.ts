import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { objectName } from "../../../src/infra/kube/names.ts";
import { plan } from "../../../src/infra/kube/objects.ts";
import { type EnvoyProxySpec, noEnvoyProxy } from "../../../src/model/envoy-proxy-spec.ts";
import { makeInfrastructure, makeSettings } from "../../helpers/make-infrastructure.ts";

const settings = makeSettings();

function problemOf(proxy: Partial<EnvoyProxySpec>): string | undefined {
  const planned = plan(makeInfrastructure({ proxy: { ...noEnvoyProxy, ...proxy } }), settings);
  return planned.kind === "hold" ? planned.problem : undefined;
}

function bootstrapProblem(bootstrap: EnvoyProxySpec["bootstrap"]): string | undefined {
  return problemOf(bootstrap === undefined ? {} : { bootstrap });
}

describe("names of objects", () => {
  it("are those of Envoy Gateway", () => {
    assert.equal(objectName("default/eg"), "envoy-default-eg-e41e7b31");
    assert.equal(objectName("envoy-gateway/gateway-1"), "envoy-envoy-gateway-gateway-1-196ae069");
  });

  it("are valid for a Service however long a Gateway's is, and with dots in it", () => {
    const name = objectName(`team/${"a".repeat(42)}.${"b".repeat(200)}`);
    assert.match(name, /^[a-z]([-a-z0-9]*[a-z0-9])?$/);
    assert.ok(name.length <= 63);
  });
});

describe("the objects of a Gateway", () => {
  it("are the same bytes for the same input", () => {
    const twice = [1, 2].map(() => JSON.stringify(plan(makeInfrastructure(), settings)));
    assert.equal(twice[0], twice[1]);
  });

  it("stay as they are while the Gateway has a problem or no port", () => {
    const problem = { reason: "InvalidParameters", message: "none" } as const;
    assert.deepEqual(plan(makeInfrastructure({ problem }), settings), { kind: "hold" });
    assert.deepEqual(plan(makeInfrastructure({ ports: [] }), settings), { kind: "hold" });
  });

  it("keep a changed listener port out of the Deployment", () => {
    const deploymentOf = (port: number): unknown => {
      const planned = plan(makeInfrastructure({ ports: [{ port, protocol: "HTTP", listeners: ["a"] }] }), settings);
      return planned.kind === "objects" ? planned.objects.find(({ kind }) => kind === "Deployment") : undefined;
    };
    assert.ok(deploymentOf(80));
    assert.deepEqual(deploymentOf(80), deploymentOf(8080));
  });

  it("set a component's log level where nobody else does: twice is more than Envoy takes", () => {
    const levels = (proxy: Partial<EnvoyProxySpec>): readonly string[] => {
      const text = JSON.stringify(plan(makeInfrastructure({ proxy: { ...noEnvoyProxy, ...proxy } }), settings));
      return [...text.matchAll(/"--component-log-level[=",]+([^"]+)"/g)].map(([, level = ""]) => level);
    };
    assert.deepEqual(levels({}), ["misc:error"]);
    assert.deepEqual(levels({ extraArgs: ["--component-log-level", "upstream:debug"] }), ["upstream:debug"]);
    assert.deepEqual(levels({ extraArgs: ["--component-log-level=upstream:debug"] }), ["upstream:debug"]);
    assert.deepEqual(levels({ logging: { level: { misc: "info", upstream: "debug" } } }), ["misc:info,upstream:debug"]);
    assert.deepEqual(levels({ logging: { level: { default: "info" } } }), []);
  });

  it("refuse a bootstrap that loses how Envoy finds us, by each kind of change", () => {
    const remove = { op: "remove", path: "/static_resources/clusters/1" } as const;
    assert.match(bootstrapProblem({ type: "JSONPatch", jsonPatches: [remove] }) ?? "", /antechamber-xds must stay/);
    const doubled = "staticResources: { clusters: [{ name: antechamber-xds }] }";
    assert.match(bootstrapProblem({ type: "Merge", value: doubled }) ?? "", /antechamber-xds must stay/);
    const moved = "admin: { address: { socketAddress: { address: 0.0.0.0 } } }";
    assert.match(bootstrapProblem({ type: "Merge", value: moved }) ?? "", /admin.address must stay/);
    assert.equal(bootstrapProblem({ type: "Merge", value: "admin: { profilePath: /tmp/profile }" }), undefined);
    assert.match(bootstrapProblem({ type: "Merge", value: "{" }) ?? "", /Cannot use spec.bootstrap/);
    assert.match(bootstrapProblem({ type: "Merge", value: "[]" }) ?? "", /it is no object/);
  });

  it("refuse a patch that takes their name or owner", () => {
    const patched = (value: unknown): string | undefined =>
      problemOf({
        provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { patch: { type: "StrategicMerge", value } } } },
      });
    assert.match(patched({ metadata: { name: "other" } }) ?? "", /cannot be changed/);
    assert.match(patched({ kind: "DaemonSet" }) ?? "", /cannot be changed/);
    assert.match(
      patched({ metadata: { labels: { "app.kubernetes.io/managed-by": null } } }) ?? "",
      /by which its owner/,
    );
    assert.match(patched({ metadata: { annotations: null } }) ?? "", /by which its owner/);
    assert.equal(patched({ metadata: { labels: { more: "x" } } }), undefined);
  });

  it("refuse a drain time that is none", () => {
    assert.match(problemOf({ shutdown: { drainTimeout: "soon" } }) ?? "", /"soon" is no duration/);
  });
});
