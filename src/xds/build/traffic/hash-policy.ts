import type {
  RouteAction_HashPolicy as HashPolicy,
  RouteAction,
} from "../../../gen/envoy/config/route/v3/route_components.ts";
import { assertNever } from "../../../lib/assert-never.ts";
import type { HashIr } from "../../../model/ir.ts";
import { duration } from "../any.ts";

/** What of a request decides between the endpoints of a cluster that hashes; others do not look at it. */
export function hashPolicies(hashes: readonly HashIr[] = []): Pick<RouteAction, "hashPolicy"> {
  return { hashPolicy: hashes.map(hashPolicy) };
}

function hashPolicy(hash: HashIr): HashPolicy {
  switch (hash.kind) {
    case "sourceIp":
      return { policySpecifier: { $case: "connectionProperties", value: { sourceIp: true } } };
    case "header":
      return { policySpecifier: { $case: "header", value: { headerName: hash.name } } };
    case "query":
      return { policySpecifier: { $case: "queryParameter", value: { name: hash.name } } };
    case "cookie": {
      const { name, ttlMs, attributes } = hash;
      const ttl = ttlMs === undefined ? {} : { ttl: duration(ttlMs) };
      return { policySpecifier: { $case: "cookie", value: { name, ...ttl, attributes: [...attributes] } } };
    }
    default:
      return assertNever(hash);
  }
}
