import type { HTTPRouteFilter, HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { PathRewriteIr } from "./ir.ts";

type PathModifier = NonNullable<NonNullable<HTTPRouteFilter["urlRewrite"]>["path"]>;

/** The prefix that all requests of the rule have, which a filter may replace; undefined where they have none in common. */
export function replaceablePrefix({ matches }: Pick<HTTPRouteRule, "matches">): string | undefined {
  const [only, ...others] = matches;
  return only !== undefined && others.length === 0 && only.path.type === "PathPrefix" ? only.path.value : undefined;
}

/** A path that is meant relative to nothing is absolute: without its slash a redirect would name another host. */
export function convertPath(modifier: PathModifier, prefix: string): PathRewriteIr {
  if (modifier.type === "ReplaceFullPath") return { kind: "full", value: absolute(modifier.replaceFullPath ?? "") };
  return {
    kind: "prefix",
    prefix: withoutTrailingSlash(prefix),
    value: withoutTrailingSlash(absolute(modifier.replacePrefixMatch ?? "")),
  };
}

export function pathProblems(where: string, modifier: PathModifier, prefix: string | undefined): readonly string[] {
  const { type, replaceFullPath, replacePrefixMatch } = modifier;
  const path = replaceFullPath ?? replacePrefixMatch ?? "";
  const problems: string[] = [];
  if (type === "ReplacePrefixMatch" && prefix === undefined) {
    problems.push(`${where}: ${type} needs exactly one match, of a PathPrefix`);
  }
  // A query or a fragment would end up inside of the path, anything else is no URL.
  if (!/^[!-~]*$/.test(path) || /[?#]/.test(path)) {
    problems.push(`${where}: ${JSON.stringify(path)} is no path: it has characters that must be percent-encoded`);
  }
  return problems;
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function withoutTrailingSlash(path: string): string {
  return path.replace(/\/+$/, "");
}
