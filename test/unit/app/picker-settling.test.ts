import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PickerSettling } from "../../../src/app/control/picker-settling.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const key = "v1/default/p";
const pool = (ref: string, annotations = ""): string => `---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: p, annotations: {${annotations}}}
spec: {selector: {matchLabels: {app: a}}, targetPorts: [{number: 8000}], endpointPickerRef: {name: ${ref}, port: {number: 9002}}}
`;
const service = (name: string): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {ports: [{port: 9002}]}
`;
const configured = 'antechamber.dev/queueing: "true"';

describe("the picker of a pool", () => {
  it("is settled at once when the pool is seen first", () => {
    const settling = new PickerSettling("kubernetes");
    assert.deepEqual(settling.settle(resourcesFromYaml(pool("epp") + service("epp")), 0), { unsettled: new Map() });
  });

  it("stays the built-in one for 5 s after its Service appeared", () => {
    const settling = new PickerSettling("kubernetes");
    settling.settle(resourcesFromYaml(pool("epp", configured)), 0);
    const both = resourcesFromYaml(pool("epp", configured) + service("epp"));
    assert.deepEqual(settling.settle(both, 1_000), { unsettled: new Map([[key, undefined]]), dueInMs: 5_000 });
    assert.deepEqual(settling.settle(both, 5_900), { unsettled: new Map([[key, undefined]]), dueInMs: 100 });
    assert.deepEqual(settling.settle(both, 6_000), { unsettled: new Map() });
  });

  it("stays the external one for 5 s after its Service went", () => {
    const settling = new PickerSettling("kubernetes");
    const both = resourcesFromYaml(pool("epp") + service("epp"));
    settling.settle(both, 0);
    const { unsettled } = settling.settle(resourcesFromYaml(pool("epp")), 10);
    assert.equal(unsettled.get(key)?.metadata.name, "epp");
    assert.deepEqual(settling.settle(resourcesFromYaml(pool("epp")), 5_010), { unsettled: new Map() });
  });

  it("is not changed by a Service that comes back in time, however often", () => {
    const settling = new PickerSettling("kubernetes");
    const both = resourcesFromYaml(pool("epp", configured) + service("epp"));
    const alone = resourcesFromYaml(pool("epp", configured));
    settling.settle(both, 0);
    for (let nowMs = 1_000; nowMs < 20_000; nowMs += 2_000) {
      assert.ok(settling.settle(alone, nowMs).unsettled.has(key));
      assert.deepEqual(settling.settle(both, nowMs + 1_000), { unsettled: new Map() });
    }
  });

  it("is the external one at once where nobody chose before", () => {
    const settling = new PickerSettling("kubernetes");
    settling.settle(resourcesFromYaml(pool("epp")), 0);
    assert.deepEqual(settling.settle(resourcesFromYaml(pool("epp") + service("epp")), 1), { unsettled: new Map() });
  });

  it("is another at once when the pool names another", () => {
    const settling = new PickerSettling("kubernetes");
    settling.settle(resourcesFromYaml(pool("epp") + service("epp")), 0);
    const changed = resourcesFromYaml(pool("gone", configured) + service("epp"));
    assert.deepEqual(settling.settle(changed, 1), { unsettled: new Map() });
  });

  it("is never unsettled with files, where it is always the built-in one", () => {
    const settling = new PickerSettling("files");
    settling.settle(resourcesFromYaml(pool("epp")), 0);
    assert.deepEqual(settling.settle(resourcesFromYaml(pool("epp") + service("epp")), 1), { unsettled: new Map() });
  });
});
