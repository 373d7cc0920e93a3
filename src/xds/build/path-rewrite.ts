import type { RedirectAction, RouteAction } from "../../gen/envoy/config/route/v3/route_components.ts";
import type { RegexMatchAndSubstitute } from "../../gen/envoy/type/matcher/v3/regex.ts";
import type { PathRewriteIr } from "../../model/ir.ts";

/** What Envoy puts in the place of a request's path; the query stays. */
export function rewrittenPath(path: PathRewriteIr): Pick<RouteAction, "prefixRewrite" | "regexRewrite"> {
  if (path.kind === "full") return { regexRewrite: substitute("^/.*$", path.value) };
  const change = prefixChange(path);
  return change.$case === "prefixRewrite" ? { prefixRewrite: change.value } : { regexRewrite: change.value };
}

export function redirectedPath(path: PathRewriteIr): Pick<RedirectAction, "pathRewriteSpecifier"> {
  return {
    pathRewriteSpecifier: path.kind === "full" ? { $case: "pathRedirect", value: path.value } : prefixChange(path),
  };
}

type PrefixChange =
  | { readonly $case: "prefixRewrite"; readonly value: string }
  | { readonly $case: "regexRewrite"; readonly value: RegexMatchAndSubstitute };

/**
 * Envoy exchanges characters, the Gateway API whole segments. So a prefix that is dropped takes its slash along, and
 * one that is put before every path gets one. https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier
 */
function prefixChange({ prefix, value }: PathRewriteIr & { readonly kind: "prefix" }): PrefixChange {
  if (value === "") return { $case: "regexRewrite", value: substitute(`^${quoted(prefix)}/*`, "/") };
  return { $case: "prefixRewrite", value: prefix === "" ? `${value}/` : value };
}

function substitute(regex: string, text: string): RegexMatchAndSubstitute {
  // A backslash in a substitution refers to a group.
  return { pattern: { regex }, substitution: text.replaceAll("\\", "\\\\") };
}

function quoted(text: string): string {
  return text.replaceAll(/[^\w/-]/g, "\\$&");
}
