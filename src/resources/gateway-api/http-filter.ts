/** HTTPRouteFilter. https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter */
import { defaulted, flag, integer, list, object, oneOf, oneOfNumbers, optional, text } from "../schema.ts";
import { filterTypeRules, onceEach, pathModifierRules } from "./http-filter-rules.ts";
import {
  fraction,
  groupName,
  headerName,
  headerValue,
  httpMethods,
  kindName,
  localObjectReference,
  namespaceName,
  objectName,
  percent,
  portNumber,
  preciseHostname,
} from "./shapes.ts";

export const headerList = () =>
  list(object({ name: headerName(), value: headerValue() }), { maxItems: 16, keys: ["name"] });

export const headerModifier = () =>
  object({
    set: optional(headerList()),
    add: optional(headerList()),
    remove: optional(list(text(), { maxItems: 16, set: true })),
  });

export const pathModifier = () =>
  object(
    {
      type: oneOf(["ReplaceFullPath", "ReplacePrefixMatch"]),
      replaceFullPath: optional(text({ maxLength: 1024 })),
      replacePrefixMatch: optional(text({ maxLength: 1024 })),
    },
    pathModifierRules,
  );

/** A backend without weight or filters. */
export const backendObjectReference = () =>
  object(
    {
      group: defaulted(groupName(), ""),
      kind: defaulted(kindName(), "Service"),
      name: objectName(),
      namespace: optional(namespaceName()),
      port: optional(portNumber()),
    },
    {
      "Must have port for Service reference": (self) =>
        self.group !== "" || self.kind !== "Service" || self.port !== undefined,
    },
  );

const requestRedirect = () =>
  object({
    scheme: optional(oneOf(["http", "https"])),
    hostname: optional(preciseHostname()),
    path: optional(pathModifier()),
    port: optional(portNumber()),
    statusCode: defaulted(oneOfNumbers([301, 302, 303, 307, 308]), 302),
  });

const requestMirror = () =>
  object(
    { backendRef: backendObjectReference(), percent: optional(percent()), fraction: optional(fraction()) },
    {
      "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter": (self) =>
        self.percent === undefined || self.fraction === undefined,
    },
  );

const starAlone = (self: readonly string[]): boolean => !self.includes("*") || self.length === 1;

const cors = () =>
  object({
    allowOrigins: optional(
      list(
        text({
          minLength: 1,
          maxLength: 253,
          pattern: "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
        }),
        {
          maxItems: 64,
          set: true,
          rules: { "AllowOrigins cannot contain '*' alongside other origins": starAlone },
        },
      ),
    ),
    allowCredentials: optional(flag()),
    allowMethods: optional(
      list(oneOf([...httpMethods, "*"]), {
        maxItems: 9,
        set: true,
        rules: { "AllowMethods cannot contain '*' alongside other methods": starAlone },
      }),
    ),
    allowHeaders: optional(
      list(headerName(), {
        maxItems: 64,
        set: true,
        rules: { "AllowHeaders cannot contain '*' alongside other methods": starAlone },
      }),
    ),
    exposeHeaders: optional(list(headerName(), { maxItems: 64, set: true })),
    maxAge: defaulted(integer(1), 5),
  });

const names = () => optional(list(text(), { maxItems: 64, set: true }));

const externalAuth = () =>
  object(
    {
      protocol: oneOf(["HTTP", "GRPC"]),
      backendRef: backendObjectReference(),
      grpc: optional(object({ allowedHeaders: names() })),
      http: optional(
        object({
          path: optional(text({ maxLength: 1024, pattern: "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$" })),
          allowedHeaders: names(),
          allowedResponseHeaders: names(),
        }),
      ),
      forwardBody: optional(object({ maxSize: optional(integer(0, 65535)) })),
    },
    {
      "grpc must be specified when protocol is set to 'GRPC'": (self) =>
        self.protocol !== "GRPC" || self.grpc !== undefined,
      "protocol must be 'GRPC' when grpc is set": (self) => self.grpc === undefined || self.protocol === "GRPC",
      "http must be specified when protocol is set to 'HTTP'": (self) =>
        self.protocol !== "HTTP" || self.http !== undefined,
      "protocol must be 'HTTP' when http is set": (self) => self.http === undefined || self.protocol === "HTTP",
    },
  );

const httpFilter = () =>
  object(
    {
      type: oneOf([
        "RequestHeaderModifier",
        "ResponseHeaderModifier",
        "RequestMirror",
        "RequestRedirect",
        "URLRewrite",
        "ExtensionRef",
        "CORS",
        "ExternalAuth",
      ]),
      requestHeaderModifier: optional(headerModifier()),
      responseHeaderModifier: optional(headerModifier()),
      requestMirror: optional(requestMirror()),
      requestRedirect: optional(requestRedirect()),
      urlRewrite: optional(object({ hostname: optional(preciseHostname()), path: optional(pathModifier()) })),
      extensionRef: optional(localObjectReference()),
      cors: optional(cors()),
      externalAuth: optional(externalAuth()),
    },
    filterTypeRules,
  );

export const httpFilters = () => list(httpFilter(), { maxItems: 16, rules: onceEach });
