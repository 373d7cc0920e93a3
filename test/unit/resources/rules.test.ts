import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { admitYaml, errorsOf } from "../../helpers/parse-yaml.ts";
import { policy, refusedPolicies, routeTarget, target } from "../../helpers/refused-specs.ts";

suite("rules of BackendTrafficPolicy", () => {
  for (const [spec, error] of refusedPolicies)
    test(`refuse: ${error}`, () => {
      assert.deepEqual(errorsOf(admitYaml(policy(spec))), [error]);
    });

  test("let what upstream's CRD lets", () => {
    for (const spec of [
      target,
      `${routeTarget}, mergeType: StrategicMerge`,
      "targetSelectors: [{kind: HTTPRoute, matchLabels: {a: b}}]",
      `${target}, loadBalancer: {type: RoundRobin}, connection: {preconnect: {predictivePercent: 150}}`,
      `${target}, timeout: {tcp: {connectTimeout: 5s}, http: {requestTimeout: 24h, streamIdleTimeout: 1h30m}}`,
      `${target}, rateLimit: {local: {rules: [{clientSelectors: [{headers: [{name: a, value: b}]}], limit: {requests: 1, unit: Hour}}]}}`,
      `${target}, healthCheck: {active: {type: HTTP, http: {path: /, method: post, requestBody: {type: Text, text: a}}}, passive: {}}`,
      `${target}, circuitBreaker: {maxConnections: 4294967295, retryBudget: {percent: {numerator: 20}}}`,
      `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, response: {body: {inline: no}}}]`.replace(
        "inline: no",
        'inline: "no"',
      ),
    ])
      assert.deepEqual(errorsOf(admitYaml(policy(spec))), [], spec);
  });
});

const route = (rule: string, parents = ""): string =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r}, spec: {${parents} rules: [${rule}]}}`;

suite("rules of HTTPRoute", () => {
  const backend = "backendRefs: [{name: s, port: 80}]";
  const redirect = "{type: RequestRedirect, requestRedirect: {}}";
  const cases: readonly (readonly [text: string, error: string])[] = [
    [route("{backendRefs: [{name: s}]}"), "spec.rules[0].backendRefs[0]: Must have port for Service reference"],
    [
      route(`{filters: [${redirect}], ${backend}}`),
      "spec.rules[0]: RequestRedirect filter must not be used together with backendRefs",
    ],
    [
      route("{filters: [{type: RequestMirror, cors: {}, requestMirror: {backendRef: {name: s, port: 1}}}]}"),
      "spec.rules[0].filters[0]: filter.cors must be nil if the filter.type is not CORS",
    ],
    [
      route("{filters: [{type: URLRewrite}]}"),
      "spec.rules[0].filters[0]: filter.urlRewrite must be specified for URLRewrite filter.type",
    ],
    [
      route(`{filters: [${redirect}, ${redirect}]}`),
      "spec.rules[0].filters: RequestRedirect filter cannot be repeated",
    ],
    [
      route(`{filters: [${redirect}, {type: URLRewrite, urlRewrite: {}}]}`),
      "spec.rules[0].filters: May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    ],
    [
      route("{matches: [{path: {value: a}}]}"),
      "spec.rules[0].matches[0].path: value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      route("{matches: [{path: {value: /a//b}}]}"),
      "spec.rules[0].matches[0].path: must not contain '//' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      route("{matches: [{path: {value: /a/..}}]}"),
      "spec.rules[0].matches[0].path: must not end with '/..' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      route("{timeouts: {request: 1s, backendRequest: 2s}}"),
      "spec.rules[0].timeouts: backendRequest timeout cannot be longer than request timeout",
    ],
    [
      route(
        "{matches: [{}, {}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /a}}}]}",
      ),
      "spec.rules[0]: When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
    ],
    [route("{name: a}, {name: a}"), "spec.rules: Rule name must be unique within the route"],
    [
      route("{}", "parentRefs: [{name: g}, {name: g}],"),
      "spec.parentRefs: sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
    ],
    [
      route("{}", "parentRefs: [{name: g}, {name: g, sectionName: a}],"),
      "spec.parentRefs: sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
    ],
    [
      route("{matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]}"),
      'spec.rules[0].matches[0].headers[1]: Duplicate value: name "a"',
    ],
    [
      route('{matches: [{headers: [{name: a, value: "b\\nc"}]}]}'),
      'spec.rules[0].matches[0].headers[0].value: Invalid value: "b\\nc": must match ^[^\\x00-\\x08\\x0A-\\x1F\\x7F]+$',
    ],
  ];
  for (const [text, error] of cases)
    test(`refuse: ${error}`, () => {
      assert.deepEqual(errorsOf(admitYaml(text)), [error]);
    });

  test("let a backend request without a limit on the whole be as long as it likes", () => {
    assert.deepEqual(errorsOf(admitYaml(route("{timeouts: {request: 0s, backendRequest: 2h}}"))), []);
  });
});
