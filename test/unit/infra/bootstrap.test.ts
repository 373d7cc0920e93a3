import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BootstrapOptions, bootstrap, defaultLimits } from "../../../src/infra/process/bootstrap.ts";
import type { Json } from "../../../src/lib/json.ts";
import { staticClusters } from "../../../src/lib/wire.ts";

const options: BootstrapOptions = {
  nodeId: "default.llm-0",
  gateway: "default/llm",
  sockets: { xds: "/run/xds.sock", picker: "/run/picker.sock", accessLog: "/run/log.sock", admin: "/run/admin.sock" },
  limits: { ...defaultLimits, maxHeapBytes: 1000, maxDownstreamConnections: 7, maxRegexProgramSize: 500 },
};

function at(value: Json, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (inner as Readonly<Record<string | number, Json>> | undefined)?.[key],
    value,
  );
}

describe("bootstrap", () => {
  const made = bootstrap(options);

  it("names the Gateway as the node's cluster", () => {
    assert.deepEqual(at(made, "node"), { id: "default.llm-0", cluster: "default/llm" });
  });

  it("reaches each static cluster over its socket, by HTTP/2, without a limit that waiting requests could meet", () => {
    const expected = [
      [staticClusters.xds, "/run/xds.sock"],
      [staticClusters.picker, "/run/picker.sock"],
      [staticClusters.accessLog, "/run/log.sock"],
    ] as const;
    for (const [index, [name, path]] of expected.entries()) {
      const cluster = at(made, "static_resources", "clusters", index) ?? null;
      assert.equal(at(cluster, "name"), name);
      const endpoint = at(cluster, "load_assignment", "endpoints", 0, "lb_endpoints", 0, "endpoint");
      assert.deepEqual(endpoint, { address: { pipe: { path } } });
      const limits = at(cluster, "circuit_breakers", "thresholds", 0) as Readonly<Record<string, number>>;
      assert.deepEqual(Object.values(limits), [1e6, 1e6, 1e6, 1e6]);
      assert.ok(JSON.stringify(cluster).includes("http2_protocol_options"));
    }
  });

  it("says the zone of its machine, and that this is where all gateways are, only where it is known", () => {
    const inZone = bootstrap({ ...options, zone: "west" });
    assert.deepEqual(at(inZone, "node", "locality"), { zone: "west" });
    assert.equal(at(inZone, "cluster_manager", "local_cluster_name"), staticClusters.self);
    const self = at(inZone, "static_resources", "clusters", 3) ?? null;
    assert.equal(at(self, "name"), staticClusters.self);
    assert.deepEqual(at(self, "load_assignment", "endpoints", 0, "locality"), { zone: "west" });
    assert.equal(at(made, "cluster_manager"), undefined);
    assert.equal(at(made, "static_resources", "clusters", 3), undefined);
  });

  it("keeps Envoy's admin interface off the network", () => {
    assert.deepEqual(at(made, "admin", "address"), { pipe: { path: "/run/admin.sock" } });
  });

  it("carries the limits that it was given", () => {
    assert.equal(at(made, "overload_manager", "resource_monitors", 0, "typed_config", "max_heap_size_bytes"), 1000);
    const connections = ["resource_monitors", 1, "typed_config", "max_active_downstream_connections"] as const;
    assert.equal(at(made, "overload_manager", ...connections), 7);
    const layer = at(made, "layered_runtime", "layers", 0, "static_layer") as Readonly<Record<string, Json>>;
    assert.equal(layer["re2.max_program_size.error_level"], 500);
    assert.equal(layer["re2.max_program_size.warn_level"], 500);
  });
});
