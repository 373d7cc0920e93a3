import { durationMs } from "../duration.ts";
import { httpFilters } from "../gateway-api/http-filter.ts";
import { httpMatch, matchEverything } from "../gateway-api/http-match.ts";
import { parentReferences } from "../gateway-api/parent-reference.ts";
import {
  duration,
  gatewayGroup,
  groupName,
  hostname,
  kindName,
  namespaceName,
  objectName,
  portNumber,
  sectionName,
} from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, integer, list, object, oneOf, optional, text } from "../schema.ts";

const backendRef = object(
  {
    group: defaulted(groupName(), ""),
    kind: defaulted(kindName(), "Service"),
    name: objectName(),
    namespace: optional(namespaceName()),
    port: optional(portNumber()),
    weight: defaulted(integer(0, 1_000_000), 1),
    filters: optional(httpFilters()),
  },
  {
    "Must have port for Service reference": (self) =>
      self.group !== "" || self.kind !== "Service" || self.port !== undefined,
  },
);

const timeouts = object(
  { request: optional(duration()), backendRequest: optional(duration()) },
  {
    "backendRequest timeout cannot be longer than request timeout": ({ request, backendRequest }) => {
      const requestMs = durationMs(request ?? "0s") ?? 0;
      return requestMs === 0 || (durationMs(backendRequest ?? "0s") ?? 0) <= requestMs;
    },
  },
);

const retry = object({
  codes: optional(list(integer(400, 599), { set: true })),
  attempts: optional(integer(1)),
  backoff: optional(duration()),
});

const sessionPersistence = object(
  {
    sessionName: optional(text({ maxLength: 128 })),
    absoluteTimeout: optional(duration()),
    type: defaulted(oneOf(["Cookie", "Header"]), "Cookie"),
    cookieConfig: optional(object({ lifetimeType: defaulted(oneOf(["Permanent", "Session"]), "Session") })),
  },
  {
    "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent": (self) =>
      self.cookieConfig?.lifetimeType !== "Permanent" || self.absoluteTimeout !== undefined,
    "cookieConfig can only be set with type Cookie": (self) =>
      self.cookieConfig === undefined || self.type === "Cookie",
  },
);

interface Filter {
  readonly requestRedirect?: { readonly path?: { readonly type: string } };
  readonly urlRewrite?: { readonly path?: { readonly type: string } };
}

interface RuleShape {
  readonly matches: readonly { readonly path: { readonly type: string } }[];
  readonly filters?: readonly Filter[];
  readonly backendRefs?: readonly { readonly filters?: readonly Filter[] }[];
}

const onePrefix = (self: RuleShape): boolean =>
  self.matches.length === 1 && self.matches[0]?.path.type === "PathPrefix";

/** What replaces a prefix needs to know which. */
const prefixIsKnown =
  (field: "requestRedirect" | "urlRewrite", filtersOf: (self: RuleShape) => readonly Filter[]) =>
  (self: RuleShape): boolean =>
    onePrefix(self) || !filtersOf(self).some((filter) => filter[field]?.path?.type === "ReplacePrefixMatch");

const ofRule = (self: RuleShape): readonly Filter[] => self.filters ?? [];
const ofBackends = (self: RuleShape): readonly Filter[] =>
  (self.backendRefs ?? []).flatMap((backend) => backend.filters ?? []);

const rule = object(
  {
    name: optional(sectionName()),
    matches: defaulted(list(httpMatch(), { maxItems: 64 }), matchEverything),
    filters: optional(httpFilters()),
    backendRefs: optional(list(backendRef, { maxItems: 16 })),
    timeouts: optional(timeouts),
    retry: optional(retry),
    sessionPersistence: optional(sessionPersistence),
  },
  {
    "RequestRedirect filter must not be used together with backendRefs": (self) =>
      (self.backendRefs ?? []).length === 0 ||
      !(self.filters ?? []).some((filter) => filter.requestRedirect !== undefined),
    "When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified":
      prefixIsKnown("requestRedirect", ofRule),
    "When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified":
      prefixIsKnown("urlRewrite", ofRule),
    "Within backendRefs, when using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified":
      prefixIsKnown("requestRedirect", ofBackends),
    "Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified":
      prefixIsKnown("urlRewrite", ofBackends),
  },
);

const spec = object({
  parentRefs: optional(parentReferences()),
  useDefaultGateways: optional(oneOf(["All", "None"])),
  hostnames: optional(list(hostname(), { maxItems: 16 })),
  rules: defaulted(
    list(rule, {
      minItems: 1,
      maxItems: 16,
      rules: {
        "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128":
          (self) => self.reduce((total, one) => total + one.matches.length, 0) <= 128,
        "Rule name must be unique within the route": (self) => {
          const names = self.flatMap((one) => one.name ?? []);
          return new Set(names).size === names.length;
        },
      },
    }),
    [{ matches: matchEverything }],
  ),
});

export type HTTPRoute = K8sObject<"HTTPRoute", Admitted<typeof spec>>;
export type HTTPRouteRule = HTTPRoute["spec"]["rules"][number];
export type HTTPRouteMatch = HTTPRouteRule["matches"][number];
export type HTTPRouteFilter = NonNullable<HTTPRouteRule["filters"]>[number];
export type HTTPBackendRef = NonNullable<HTTPRouteRule["backendRefs"]>[number];
/** What it points at. Mirrors have it too. */
export type BackendReference = Omit<HTTPBackendRef, "weight" | "filters">;
export type ParentReference = NonNullable<HTTPRoute["spec"]["parentRefs"]>[number];

export const httpRoute = {
  group: gatewayGroup,
  version: "v1",
  otherVersions: ["v1beta1"],
  kind: "HTTPRoute",
  plural: "httproutes",
  scope: "Namespaced",
  collection: "httpRoutes",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
