import { headerList } from "../gateway-api/http-filter.ts";
import { pathModifierRules } from "../gateway-api/http-filter-rules.ts";
import { headerName, localObjectReference, preciseHostname } from "../gateway-api/shapes.ts";
import { defaulted, integer, list, object, oneOf, oneOfNumbers, optional, text } from "../schema.ts";

const statusCode = object(
  {
    type: defaulted(oneOf(["Value", "Range"]), "Value"),
    value: optional(integer()),
    range: optional(
      object(
        { start: integer(), end: integer() },
        { "end must be greater than start": (self) => self.end > self.start },
      ),
    ),
  },
  {
    "value must be set for type Value": (self) => self.type !== "Value" || self.value !== undefined,
    "range must be set for type Range": (self) => self.type !== "Range" || self.range !== undefined,
  },
);

const responseHeader = object({
  name: headerName(),
  value: object({
    type: defaulted(oneOf(["Exact", "Prefix", "Suffix", "RegularExpression"]), "Exact"),
    value: text({ minLength: 1, maxLength: 1024 }),
  }),
});

const match = object(
  {
    statusCodes: optional(list(statusCode, { minItems: 1, maxItems: 50 })),
    responseHeaders: optional(list(responseHeader, { minItems: 1, maxItems: 16 })),
  },
  {
    "at least one of statusCodes or responseHeaders must be specified": (self) =>
      self.statusCodes !== undefined || self.responseHeaders !== undefined,
  },
);

const body = object(
  {
    type: defaulted(oneOf(["Inline", "ValueRef"]), "Inline"),
    inline: optional(text()),
    valueRef: optional(localObjectReference()),
  },
  {
    "inline must be set for type Inline": (self) => self.type !== "Inline" || self.inline !== undefined,
    "valueRef must be set for type ValueRef": (self) => self.type !== "ValueRef" || self.valueRef !== undefined,
    "only ConfigMap is supported for ValueRef": (self) =>
      self.valueRef === undefined || self.valueRef.kind === "ConfigMap",
  },
);

const header = object(
  {
    set: optional(headerList()),
    add: optional(headerList()),
    remove: optional(list(text(), { maxItems: 16, set: true })),
  },
  { "Remove is not supported for header in CustomResponse": (self) => (self.remove ?? []).length === 0 },
);

const redirect = object({
  scheme: optional(oneOf(["http", "https"])),
  hostname: optional(preciseHostname()),
  path: optional(
    object(
      {
        type: oneOf(["ReplaceFullPath", "ReplacePrefixMatch"]),
        replaceFullPath: optional(text({ maxLength: 1024 })),
        replacePrefixMatch: optional(text({ maxLength: 1024 })),
      },
      {
        "only ReplaceFullPath is supported for path.type": (self) => self.type === "ReplaceFullPath",
        ...pathModifierRules,
      },
    ),
  ),
  port: optional(integer()),
  statusCode: defaulted(oneOfNumbers([301, 302]), 302),
});

export const responseOverride = list(
  object(
    {
      match,
      response: optional(
        object({
          contentType: optional(text()),
          statusCode: optional(integer()),
          body: optional(body),
          header: optional(header),
        }),
      ),
      redirect: optional(redirect),
      source: optional(oneOf(["All", "Local", "Backend"])),
    },
    {
      "exactly one of response or redirect must be specified": (self) =>
        (self.response === undefined) !== (self.redirect === undefined),
    },
  ),
);
