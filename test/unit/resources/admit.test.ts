import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Gateway } from "../../../src/resources/kinds/gateway.ts";
import type { HTTPRoute } from "../../../src/resources/kinds/http-route.ts";
import type { InferenceModel } from "../../../src/resources/kinds/inference-model.ts";
import type { Pod } from "../../../src/resources/kinds/pod.ts";
import { admitYaml, errorsOf, objectOf } from "../../helpers/parse-yaml.ts";

const route = (spec: string, metadata = "name: r"): string =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {${metadata}}, spec: ${spec}}`;

const model = (spec: string): string =>
  `{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferenceModel, metadata: {name: m}, spec: {modelName: qwen, poolRef: {name: p}, ${spec}}}`;

suite("admit", () => {
  test("fills in every default of a route", () => {
    const { metadata, spec } = objectOf<HTTPRoute>(admitYaml(route("{rules: [{backendRefs: [{name: s, port: 80}]}]}")));
    assert.equal(metadata.namespace, "default");
    assert.deepEqual(spec, {
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ group: "", kind: "Service", name: "s", port: 80, weight: 1 }],
        },
      ],
    });
  });

  test("gives a route without rules the rule that matches everything", () => {
    const { spec } = objectOf<HTTPRoute>(admitYaml(route("{}")));
    assert.deepEqual(spec.rules, [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }]);
  });

  test("reads a served version as the one that is kept", () => {
    const text = route("{}").replace("k8s.io/v1,", "k8s.io/v1beta1,");
    assert.equal(objectOf<HTTPRoute>(admitYaml(text)).apiVersion, "gateway.networking.k8s.io/v1");
  });

  test("drops an unknown field with a warning that names the field that was meant", () => {
    const admission = admitYaml(route("{rules: [{backendRef: []}]}"));
    assert.deepEqual(admission.warnings, [
      {
        path: ["spec", "rules", 0, "backendRef"],
        reason: 'unknown field "backendRef", ignored',
        hint: 'did you mean "backendRefs"?',
      },
    ]);
    assert.ok(!("backendRef" in (objectOf<HTTPRoute>(admission).spec.rules[0] ?? {})));
  });

  test("takes null for absent, and its default applies", () => {
    const { spec } = objectOf<HTTPRoute>(admitYaml(route("{hostnames: null, rules: [{matches: null}]}")));
    assert.deepEqual(spec, { rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }] });
  });

  test("reports each wrong value where it is, and all of them", () => {
    const text = route('{rules: [{}, {backendRefs: [{name: s, port: "80"}, {name: 5, weight: -1, port: 1}]}]}');
    assert.deepEqual(errorsOf(admitYaml(text)), [
      'spec.rules[1].backendRefs[0].port: must be an integer, not "80" (a string)',
      "spec.rules[1].backendRefs[1].name: must be a string, not 5; quote it",
      "spec.rules[1].backendRefs[1].weight: Invalid value: -1: must be at least 0",
    ]);
  });

  test("refuses two entries of a keyed list with one key", () => {
    const listener = "{name: a, port: 80, protocol: HTTP}";
    const text = `{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g}, spec: {gatewayClassName: c, listeners: [${listener}, ${listener}]}}`;
    assert.deepEqual(errorsOf(admitYaml(text)), ['spec.listeners[1]: Duplicate value: name "a"']);
  });

  test("refuses an annotation that YAML reads as a boolean, with the remedy", () => {
    const text = route("{}", "name: r, annotations: {a/b: true}");
    assert.deepEqual(errorsOf(admitYaml(text)), ["metadata.annotations[a/b]: must be a string, not true; quote it"]);
  });

  test("refuses names that an API server refuses", () => {
    assert.match(errorsOf(admitYaml(route("{}", "name: Upper")))[0] ?? "", /^metadata\.name: Invalid value: "Upper"/);
    assert.match(errorsOf(admitYaml(route("{}", "name: r, namespace: a.b")))[0] ?? "", /^metadata\.namespace: Invalid/);
  });

  test("takes a cluster-scoped object out of a namespace, with a warning", () => {
    const text =
      "{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: c, namespace: n}, spec: {controllerName: a.b/c}}";
    const admission = admitYaml(text);
    assert.equal(objectOf(admission).metadata.namespace, "");
    assert.equal(admission.warnings[0]?.reason, "a GatewayClass belongs to no namespace, ignored");
  });

  test("ignores a status without a word", () => {
    const admission = admitYaml(route("{}").replace(/}$/, ", status: {anything: [1]}}"));
    assert.deepEqual(admission.warnings, []);
    assert.ok(!("status" in objectOf(admission)));
  });

  test("reads the lowest criticality in both spellings as Sheddable", () => {
    for (const spelling of ["Sheddable", "Schedulable"])
      assert.equal(
        objectOf<InferenceModel>(admitYaml(model(`criticality: ${spelling}`))).spec.criticality,
        "Sheddable",
      );
    assert.deepEqual(errorsOf(admitYaml(model("criticality: Low"))), [
      'spec.criticality: Unsupported value: "Low": supported values: "Critical", "Standard", "Sheddable"',
    ]);
  });

  test("refuses a change of an immutable field", () => {
    const before = objectOf<InferenceModel>(admitYaml(model("criticality: Critical")));
    const after = admitYaml(model("criticality: Standard").replace("qwen", "other"), before);
    assert.deepEqual(errorsOf(after), ['spec.modelName: modelName is immutable: it was "qwen"']);
    assert.deepEqual(errorsOf(admitYaml(model("criticality: Standard"), before)), []);
  });

  test("takes of a Pod what is read and says nothing of the rest", () => {
    const text =
      "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a}}, spec: {containers: [{name: c}]}, status: {podIP: 10.0.0.1, hostIP: 1.2.3.4}}";
    const admission = admitYaml(text);
    assert.deepEqual(admission.warnings, []);
    const pod = objectOf<Pod>(admission);
    assert.deepEqual([pod.spec, pod.status], [{}, { podIP: "10.0.0.1" }]);
  });

  test("refuses a Pod whose address is a name", () => {
    const text = "{apiVersion: v1, kind: Pod, metadata: {name: p}, status: {podIP: localhost}}";
    assert.deepEqual(errorsOf(admitYaml(text)), [
      "status.podIP: must be an IP address, since Envoy takes no names here",
    ]);
  });

  test("is not confused by keys of Object's prototype", () => {
    const text =
      '{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r}, spec: {"__proto__": {a: 1}, constructor: 2}}';
    const admission = admitYaml(text);
    assert.deepEqual(
      admission.warnings.map(({ path }) => path.at(-1)),
      ["__proto__", "constructor"],
    );
    assert.equal(Object.getPrototypeOf(objectOf<Gateway>(admission).spec), Object.prototype);
  });

  test("is idempotent", () => {
    const once = objectOf(admitYaml(route("{rules: [{backendRefs: [{name: s, port: 80}]}]}")));
    assert.deepEqual(objectOf(admitYaml(JSON.stringify(once))), once);
  });
});
