import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Catalog, type Look, type Trust } from "../../../src/sources/files/catalog.ts";
import { formatReport } from "../../../src/sources/files/report.ts";

const route = (name: string, weight: number | string = 1): string => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
spec:
  rules:
    - backendRefs:
        - name: s
          port: 80
          weight: ${weight}
`;

class Files {
  readonly catalog = new Catalog("default");
  look(text: string, trust: Trust = "all", file = "a.yaml"): Look {
    return this.catalog.look(file, text, file.endsWith(".json") ? "json" : "yaml", trust);
  }
  get names(): readonly string[] {
    return [...this.catalog.holdings.values()].map(({ object }) => object.metadata.name).sort();
  }
  weight(name: string): unknown {
    return JSON.parse(JSON.stringify(this.catalog.holdings.get(`HTTPRoute/default/${name}`)?.object)).spec.rules[0]
      .backendRefs[0].weight;
  }
}

const lines = (look: Look): readonly string[] => look.reports.map(formatReport);

suite("what files say", () => {
  test("is every document, also beside one with a syntax error", () => {
    const files = new Files();
    const look = files.look(`${route("a")}---\nkind: "unclosed\n---\n${route("b")}`);
    assert.deepEqual(files.names, ["a", "b"]);
    assert.deepEqual(lines(look), ['a.yaml:12:16: rejected: Missing closing "quote']);
  });

  test("is told with file, line, column, object, field and reason", () => {
    const look = new Files().look(`# a comment\n---\n${route("a")}---\n${route("b", '"1"')}`);
    assert.deepEqual(lines(look), [
      'a.yaml:23:19: rejected HTTPRoute default/b: spec.rules[0].backendRefs[0].weight: must be an integer, not "1" (a string)',
    ]);
  });

  test("has unknown fields told at their name, with the one that was meant", () => {
    const look = new Files().look(route("a").replace("weight", "wieght"));
    assert.deepEqual(lines(look), [
      'a.yaml:10:11: warning HTTPRoute default/a: spec.rules[0].backendRefs[0].wieght: unknown field "wieght", ignored (did you mean "weight"?)',
    ]);
  });

  test("has what only a cluster obeys told once, until it changes", () => {
    const files = new Files();
    const proxy = (replicas: number): string => `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: p}
spec: {provider: {type: Kubernetes, kubernetes: {envoyDeployment: {replicas: ${replicas}}}}}
`;
    const told = ["a.yaml:1:1: warning EnvoyProxy default/p: it has an effect on Kubernetes only"];
    assert.deepEqual(lines(files.look(proxy(1))), told);
    assert.deepEqual(lines(files.look(`${proxy(1)}---\n${route("r")}`)), []);
  });

  test("has unknown kinds told with the one that was meant", () => {
    assert.deepEqual(lines(new Files().look(route("a").replace("HTTPRoute", "HTTPRout"))), [
      'a.yaml:2:7: warning: kind: gateway.networking.k8s.io/v1 HTTPRout is no kind that is read here, ignored (did you mean "gateway.networking.k8s.io/v1 HTTPRoute"?)',
    ]);
  });

  test("may be lists, also of kinds, also in JSON", () => {
    const items = ["a", "b"].map((name) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name },
      spec: {},
    }));
    const files = new Files();
    files.look(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "all", "a.json");
    assert.deepEqual(files.names, ["a", "b"]);
    const typed = JSON.stringify({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRouteList",
      items: [{ metadata: { name: "c" }, spec: { rules: [{ backendRefs: 1 }] } }],
    });
    assert.deepEqual(lines(files.look(typed, "all", "b.json")), [
      `b.json:1:${typed.indexOf("1}]") + 1}: rejected HTTPRoute default/c: spec.rules[0].backendRefs: must be a list, not 1`,
    ]);
  });

  test("says where JSON breaks", () => {
    assert.match(lines(new Files().look('{\n "a": 1,\n}', "all", "a.json"))[0] ?? "", /^a\.json:3:1: rejected: /);
  });

  test("that does not validate leaves the object as it was admitted last", () => {
    const files = new Files();
    files.look(route("a", 1));
    files.look(route("a", -1));
    assert.equal(files.weight("a"), 1);
    files.look(route("a", 3));
    assert.equal(files.weight("a"), 3);
  });

  test("and has a document nobody can tell, takes no object away", () => {
    const files = new Files();
    files.look(`${route("a")}---\n${route("b")}`);
    const look = files.look(`${route("a")}---\nkind: [\n`);
    assert.deepEqual(look.removals, []);
    assert.deepEqual(files.names, ["a", "b"]);
  });

  test("is told once while it stays as it is, and again when it comes back", () => {
    const files = new Files();
    assert.equal(files.look(route("a", -1)).reports.length, 1);
    assert.equal(files.look(`# moved\n${route("a", -1)}`).reports.length, 0);
    files.look(route("a", 1));
    assert.equal(files.look(route("a", -1)).reports.length, 1);
  });

  test("of one object twice in a file is an error that names both lines", () => {
    const files = new Files();
    const look = files.look(`${route("a", 1)}---\n${route("a", 2)}`);
    assert.deepEqual(lines(look), [
      "a.yaml:12:1: rejected HTTPRoute default/a: the same object is also in line 1, which counts",
    ]);
    assert.equal(files.weight("a"), 1);
  });

  test("of one object in two files is an error that names both, until one gives it up", () => {
    const files = new Files();
    files.look(route("a", 1), "all", "a.yaml");
    assert.deepEqual(lines(files.look(route("a", 2), "all", "b.yaml")), [
      "b.yaml:1:1: rejected HTTPRoute default/a: the same object is also in a.yaml:1, which counts",
    ]);
    const { removals } = files.look("", "all", "a.yaml");
    const released = new Set(removals.map(({ key }) => key));
    const [again] = files.catalog.lookAtContenders(released);
    assert.equal(again?.puts.length, 1);
    assert.equal(files.weight("a"), 2);
  });

  test("moves an object from file to file without taking it away in between", () => {
    const files = new Files();
    files.look(route("a", 1), "all", "a.yaml");
    files.look("", "changes", "a.yaml");
    const look = files.look(route("a", 2), "changes", "b.yaml");
    assert.deepEqual([look.reports, look.puts.length], [[], 1]);
    assert.deepEqual(files.look("", "all", "a.yaml").removals, []);
    assert.equal(files.weight("a"), 2);
  });

  test("of other programs is left alone with a warning", () => {
    assert.deepEqual(lines(new Files().look('{"name": "x", "version": "1"}', "all", "package.json")), [
      "package.json:1:1: warning: no Kubernetes object: it has no apiVersion and no kind, ignored",
    ]);
  });

  test("is nothing where there are comments only", () => {
    assert.deepEqual(lines(new Files().look("---\n# a\n---\n\n...\n")), []);
  });
});

suite("a file that may be half written", () => {
  const whole = `${route("a", 100)}---\n${route("b", 200)}---\n${route("c", 300)}`;

  test("changes nothing wherever it is cut", () => {
    for (let length = 0; length < whole.length; length++) {
      const files = new Files();
      files.look(whole);
      const before = new Map(files.catalog.holdings);
      const look = files.look(whole.slice(0, length), "changes");
      assert.deepEqual(look.removals, [], `cut at ${length}`);
      for (const [key, holding] of files.catalog.holdings)
        assert.deepEqual(holding.object, before.get(key)?.object, `cut at ${length}: ${key}`);
    }
  });

  test("never brings a value or an object that the whole file does not have", () => {
    const next = whole.replace("100", "111").replace("300", "3000").replace("name: b", "name: bb");
    const whole2 = new Files();
    whole2.look(whole);
    whole2.look(next);
    for (let length = 0; length < next.length; length++) {
      const files = new Files();
      files.look(whole);
      const before = new Map(files.catalog.holdings);
      files.look(next.slice(0, length), "changes");
      for (const [key, { object }] of files.catalog.holdings) {
        const may = [before.get(key)?.object, whole2.catalog.holdings.get(key)?.object];
        assert.ok(
          may.some((one) => JSON.stringify(one) === JSON.stringify(object)),
          `cut at ${length}: ${key}: ${JSON.stringify(object)}`,
        );
      }
    }
  });

  test("is applied at once as far as its end is not in doubt", () => {
    const files = new Files();
    files.look(whole);
    const look = files.look(`${route("a", 1)}---\n${route("b", 2)}---\n${route("c", 3)}`, "changes");
    assert.deepEqual([look.puts.length, look.deferred], [3, false]);
  });

  test("without its last line break waits with the last object alone", () => {
    const files = new Files();
    const look = files.look(`${route("a")}---\n${route("b")}`.trimEnd(), "changes");
    assert.deepEqual([files.names, look.deferred], [["a"], true]);
    files.look(`${route("a")}---\n${route("b")}`.trimEnd(), "all");
    assert.deepEqual(files.names, ["a", "b"]);
  });

  test("waits with removals", () => {
    const files = new Files();
    files.look(whole);
    const look = files.look(route("a", 100), "changes");
    assert.deepEqual([look.removals.length, look.deferred], [0, true]);
    assert.equal(files.look(route("a", 100), "all").removals.length, 2);
  });
});
