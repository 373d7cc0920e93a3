import { httpMethods } from "../gateway-api/shapes.ts";
import { defaulted, flag, integer, list, object, oneOf, optional, text } from "../schema.ts";

const invert = () => defaulted(flag(), false);

const valueSelector = () =>
  object({
    name: text({ minLength: 1, maxLength: 256 }),
    type: defaulted(oneOf(["Exact", "RegularExpression", "Distinct"]), "Exact"),
    value: optional(text({ maxLength: 1024 })),
    invert: invert(),
  });

const clientSelector = object(
  {
    headers: optional(list(valueSelector(), { maxItems: 128 })),
    methods: optional(list(object({ value: oneOf(httpMethods), invert: invert() }))),
    path: optional(
      object({
        type: defaulted(oneOf(["Exact", "PathPrefix", "RegularExpression"]), "PathPrefix"),
        value: defaulted(text({ maxLength: 1024 }), "/"),
        invert: invert(),
      }),
    ),
    sourceCIDR: optional(
      object({
        type: defaulted(oneOf(["Exact", "Distinct"]), "Exact"),
        value: text({ minLength: 1, maxLength: 256 }),
        invert: invert(),
      }),
    ),
    queryParams: optional(list(valueSelector(), { maxItems: 16 })),
  },
  {
    "at least one of headers, methods, path, sourceCIDR or queryParams must be specified": (self) =>
      Object.keys(self).length > 0,
  },
);

const metadataKey = (options: { readonly minLength?: number } = {}) =>
  object({ namespace: text(options), key: text(options) });

const cost = () =>
  object(
    {
      from: oneOf(["Number", "Metadata"]),
      number: optional(integer(0, Number.MAX_SAFE_INTEGER)),
      metadata: optional(metadataKey()),
    },
    {
      "only one of number or metadata can be specified": (self) =>
        self.number === undefined || self.metadata === undefined,
    },
  );

const rule = object({
  clientSelectors: optional(list(clientSelector, { maxItems: 8 })),
  limit: object({
    requests: integer(0, 2 ** 32 - 1),
    unit: oneOf(["Second", "Minute", "Hour", "Day", "Week", "Month", "Year"]),
    fromMetadata: optional(metadataKey({ minLength: 1 })),
  }),
  cost: optional(object({ request: optional(cost()), response: optional(cost()) })),
  shared: optional(flag()),
  shadowMode: optional(flag()),
  xRateLimitHeaders: optional(oneOf(["Off", "DraftVersion03"])),
});

export const rateLimit = object({
  type: optional(oneOf(["Global", "Local"])),
  global: optional(object({ rules: list(rule, { maxItems: 256 }) })),
  local: optional(
    object({
      rules: optional(
        list(rule, {
          maxItems: 16,
          rules: {
            "response cost is not supported for Local Rate Limits": (self) =>
              self.every((one) => one.cost?.response === undefined),
            "limit fromMetadata is not supported for Local Rate Limits": (self) =>
              self.every((one) => one.limit.fromMetadata === undefined),
          },
        }),
      ),
    }),
  ),
});
