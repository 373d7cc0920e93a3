import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import { findKind } from "../../../src/resources/kind-table.ts";
import { fieldLines, type Schema } from "../../helpers/field-lines.ts";
import { gateway, gatewayClass, httpRoute, type Manifest, service, toService } from "../../helpers/manifests.ts";
import { admitted, resourceSet } from "../../helpers/resources-from-yaml.ts";

const page = readFileSync(new URL("../../../docs/reference/httproute.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| `(spec\.[^`]*)` \| ([^|]*) \|/gm)].map(([, field = "", state = ""]) => ({
  field,
  state,
}));

const schema = findKind("gateway.networking.k8s.io/v1", "HTTPRoute")?.body.properties["spec"] as Schema;
const paths = fieldLines(schema).map((line) => line.split(" ")[0] ?? "");
const leaves = paths.filter(
  (path) => !paths.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`)),
);

function covers(field: string, path: string): boolean {
  return field.endsWith(".*") ? path.startsWith(field.slice(0, -1)) : field === path;
}

function stateOf(field: string): string | undefined {
  return rows.find((row) => row.field === field)?.state;
}

describe("the reference of HTTPRoute", () => {
  it("has each field of the schema once, and no other", () => {
    assert.ok(leaves.length > 100);
    for (const leaf of leaves) {
      const found = rows.filter(({ field }) => covers(field, leaf)).map(({ field }) => field);
      assert.equal(found.length, 1, `${leaf}: ${found.join(", ")}`);
    }
    for (const { field } of rows)
      assert.ok(
        leaves.some((leaf) => covers(field, leaf)),
        field,
      );
  });

  it("knows three states", () => {
    assert.deepEqual([...new Set(rows.map(({ state }) => state))].sort(), ["Warning", "in effect", "refused"]);
  });
});

/** Parts of a rule, or of its backendRef, by the row that says what becomes of them. */
const ofRule: Readonly<Record<string, Manifest>> = {
  "retry.attempts": { retry: { attempts: 1 } },
  "sessionPersistence.*": { sessionPersistence: { sessionName: "s" } },
  "timeouts.request": { timeouts: { request: "1s" } },
};
const path = { type: "ReplaceFullPath", replaceFullPath: "/x" };
const backendRef = toService("web");
const ofFilters: Readonly<Record<string, Manifest>> = {
  "requestHeaderModifier.*": { type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["x-a"] } },
  "responseHeaderModifier.*": { type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["x-a"] } },
  "urlRewrite.hostname": { type: "URLRewrite", urlRewrite: { hostname: "a.example.com" } },
  "urlRewrite.path.*": { type: "URLRewrite", urlRewrite: { path } },
  "requestMirror.percent": { type: "RequestMirror", requestMirror: { backendRef, percent: 5 } },
  "cors.maxAge": { type: "CORS", cors: { maxAge: 9 } },
  "extensionRef.*": { type: "ExtensionRef", extensionRef: { group: "example.com", kind: "Own", name: "f" } },
  "externalAuth.*": { type: "ExternalAuth", externalAuth: { protocol: "HTTP", http: {}, backendRef } },
};
const wholeFilters: Readonly<Record<string, string>> = {
  "requestMirror.percent": "requestMirror.*",
  "cors.maxAge": "cors.*",
};

/** As the route's conditions say it. */
function stateIn(rule: Manifest): string {
  const objects = [gatewayClass(), gateway("gw", 80), ...service("web", []), httpRoute("r", { parent: "gw" }, [rule])];
  const model = createModel({ controllerName: "gateway.envoyproxy.io/gatewayclass-controller", mode: "files" });
  const { statuses } = model.build(resourceSet(objects.map(admitted)));
  const conditions = statuses.flatMap(({ body }) =>
    body.kind === "parents" ? body.parents.flatMap((parent) => parent.conditions) : [],
  );
  if (conditions.some(({ status }) => status === "False")) return "refused";
  return conditions.some(({ type }) => type === "Warning") ? "Warning" : "in effect";
}

describe("a state in the reference", () => {
  const cases: readonly (readonly [string, Manifest])[] = [
    ...Object.entries(ofRule).map(
      ([field, part]) => [`spec.rules[].${field}`, { ...part, backendRefs: [backendRef] }] as const,
    ),
    ...Object.entries(ofFilters).flatMap(
      ([field, filter]) =>
        [
          [`spec.rules[].filters[].${field}`, { filters: [filter], backendRefs: [backendRef] }],
          [
            `spec.rules[].backendRefs[].filters[].${wholeFilters[field] ?? field}`,
            { backendRefs: [{ ...backendRef, filters: [filter] }] },
          ],
        ] as const,
    ),
    [
      "spec.rules[].filters[].requestRedirect.scheme",
      { filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] },
    ],
    [
      "spec.rules[].backendRefs[].filters[].requestRedirect.*",
      {
        backendRefs: [{ ...backendRef, filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] }],
      },
    ],
  ];
  for (const [field, rule] of cases) {
    it(`is that of the model for ${field}`, () => {
      assert.equal(stateIn(rule), stateOf(field));
    });
  }
});
