/** What a proxy loads and in which order its HTTP filters run. */
import { anything, defaulted, flag, list, object, oneOf, optional, text } from "../schema.ts";

const module = object({
  name: text({ minLength: 1, maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }),
  source: object(
    {
      type: defaulted(oneOf(["Local", "Remote"]), "Local"),
      local: optional(object({ path: text({ minLength: 1, maxLength: 4096 }) })),
      remote: optional(
        object({
          url: text({ minLength: 1, maxLength: 4096, pattern: "^https?://[^/?#]+(?:[/?#].*)?$" }),
          sha256: text({ pattern: "^[a-f0-9]{64}$" }),
        }),
      ),
    },
    {
      "If type is Remote, remote field needs to be set.": (self) =>
        (self.type === "Remote") === (self.remote !== undefined),
      "If type is Local, local field needs to be set.": (self) => self.type !== "Local" || self.local !== undefined,
      "If type is Remote, local field must not be set.": (self) => self.type !== "Remote" || self.local === undefined,
    },
  ),
  doNotClose: defaulted(flag(), false),
  loadGlobally: defaulted(flag(), false),
});

export const dynamicModules = list(module, { keys: ["name"], maxItems: 16 });

const filterName = () =>
  oneOf(
    [
      "api_key_auth",
      "bandwidth_limit",
      "basic_auth",
      "buffer",
      "compressor",
      "cors",
      "credential_injector",
      "csrf",
      "custom_response",
      "dynamic_forward_proxy",
      "dynamic_modules",
      "ext_authz",
      "ext_proc",
      "fault",
      "geoip",
      "grpc_stats",
      "grpc_web",
      "header_mutation",
      "health_check",
      "jwt_authn",
      "local_ratelimit",
      "lua",
      "oauth2",
      "ratelimit",
      "rbac",
      "stateful_session",
      "wasm",
    ].map((name) => `envoy.filters.http.${name}`),
  );

export const filterOrder = list(
  object(
    { name: filterName(), before: optional(filterName()), after: optional(filterName()) },
    {
      "one of before or after must be specified": (self) => self.before !== undefined || self.after !== undefined,
      "only one of before or after can be specified": (self) => self.before === undefined || self.after === undefined,
    },
  ),
);

const database = () => optional(object({ local: object({ path: text({ pattern: "^.*\\.mmdb$" }) }) }));

export const geoIp = object({
  provider: object(
    {
      type: oneOf(["MaxMind"]),
      maxMind: optional(
        object(
          {
            cityDbSource: database(),
            countryDbSource: database(),
            asnDbSource: database(),
            ispDbSource: database(),
            anonymousIpDbSource: database(),
          },
          {
            "at least one MaxMind database source must be specified": (self) => Object.keys(self).length > 0,
          },
        ),
      ),
    },
    { "maxMind must be set when type is MaxMind": (self) => self.maxMind !== undefined },
  ),
});

export const bootstrap = object(
  {
    type: defaulted(oneOf(["Merge", "Replace", "JSONPatch"]), "Replace"),
    value: optional(text()),
    jsonPatches: optional(
      list(
        object({
          op: oneOf(["add", "remove", "replace", "move", "copy", "test"]),
          path: optional(text()),
          jsonPath: optional(text()),
          from: optional(text()),
          value: optional(anything()),
        }),
      ),
    ),
  },
  {
    "provided bootstrap patch doesn't match the configured patch type": (self) =>
      self.type === "JSONPatch" ? (self.jsonPatches ?? []).length > 0 : self.value !== undefined,
  },
);
