/** Values that many kinds of the Gateway API and of its extensions share. https://gateway-api.sigs.k8s.io/reference/spec/ */
import { Type } from "typebox";
import { defaulted, integer, keyword, list, mapOf, object, optional, type Rules, text } from "../schema.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;

export const gatewayGroup = "gateway.networking.k8s.io";

export const httpMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] as const;

/** GEP-2257. */
export const duration = (rules: Rules<string> = {}) =>
  text({ pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$", [keyword.rules]: rules });
/** May begin with "*.". */
export const hostname = () => text({ minLength: 1, maxLength: 253, pattern: `^(\\*\\.)?${subdomain}$` });
export const preciseHostname = () => text({ minLength: 1, maxLength: 253, pattern: `^${subdomain}$` });
export const groupName = () => text({ maxLength: 253, pattern: `^$|^${subdomain}$` });
export const kindName = () => text({ minLength: 1, maxLength: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" });
export const objectName = () => text({ minLength: 1, maxLength: 253 });
export const namespaceName = () => text({ minLength: 1, maxLength: 63, pattern: `^${label}$` });
export const sectionName = () => text({ minLength: 1, maxLength: 253, pattern: `^${subdomain}$` });
export const portNumber = () => integer(1, 65535);
export const percent = () => integer(0, 100);
export const headerName = () => text({ minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" });
/** Envoy refuses control characters; upstream's channels differ in what else they take. */
export const headerValue = () => text({ minLength: 1, maxLength: 4096, pattern: "^[^\\x00-\\x08\\x0A-\\x1F\\x7F]+$" });
/** Any domain-prefixed name, as a controller has it. */
export const domainPrefixedPath = `^${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`;

export const labelValue = () => text({ maxLength: 63, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$" });

export const localObjectReference = () => object({ group: groupName(), kind: kindName(), name: objectName() });

export const objectReference = () =>
  object({ group: groupName(), kind: kindName(), name: objectName(), namespace: optional(namespaceName()) });

export const secretReference = () =>
  object({
    group: defaulted(groupName(), ""),
    kind: defaulted(kindName(), "Secret"),
    name: objectName(),
    namespace: optional(namespaceName()),
  });

export const fraction = () =>
  object(
    { numerator: integer(0), denominator: defaulted(integer(1), 100) },
    { "numerator must be less than or equal to denominator": (self) => self.numerator <= self.denominator },
  );

/** metav1.LabelSelector. */
export const labelSelector = () =>
  object({
    matchLabels: optional(mapOf(Type.String())),
    matchExpressions: optional(list(object({ key: text(), operator: text(), values: optional(list(text())) }))),
  });
