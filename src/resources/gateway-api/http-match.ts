/** HTTPRouteMatch. https://gateway-api.sigs.k8s.io/reference/spec/#httproutematch */
import { defaulted, list, object, oneOf, optional, type Rules, text } from "../schema.ts";
import { headerName, headerValue, httpMethods } from "./shapes.ts";

interface PathMatch {
  readonly type: string;
  readonly value: string;
}

const plain = (check: (path: string) => boolean) => (self: PathMatch) =>
  self.type === "RegularExpression" || check(self.value);

const pathRules: Rules<PathMatch> = {
  "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']": plain((path) =>
    path.startsWith("/"),
  ),
  ...Object.fromEntries(
    ["//", "/./", "/../", "%2f", "%2F", "#"].map((part) => [
      `must not contain '${part}' when type one of ['Exact', 'PathPrefix']`,
      plain((path) => !path.includes(part)),
    ]),
  ),
  ...Object.fromEntries(
    ["/..", "/."].map((end) => [
      `must not end with '${end}' when type one of ['Exact', 'PathPrefix']`,
      plain((path) => !path.endsWith(end)),
    ]),
  ),
  "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']":
    plain((path) => /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/.test(path)),
};

const valueMatchType = () => defaulted(oneOf(["Exact", "RegularExpression"]), "Exact");

const everything = { type: "PathPrefix", value: "/" };

export const matchEverything = [{ path: everything }];

export const httpMatch = () =>
  object({
    path: defaulted(
      object(
        {
          type: defaulted(oneOf(["Exact", "PathPrefix", "RegularExpression"]), "PathPrefix"),
          value: defaulted(text({ maxLength: 1024 }), "/"),
        },
        pathRules,
      ),
      everything,
    ),
    headers: optional(
      list(object({ type: valueMatchType(), name: headerName(), value: headerValue() }), {
        maxItems: 16,
        keys: ["name"],
      }),
    ),
    queryParams: optional(
      list(object({ type: valueMatchType(), name: headerName(), value: text({ minLength: 1, maxLength: 1024 }) }), {
        maxItems: 16,
        keys: ["name"],
      }),
    ),
    method: optional(oneOf(httpMethods)),
  });
