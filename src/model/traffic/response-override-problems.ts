import { regexProblem } from "../../resources/regex.ts";
import type { Field, Spec } from "./spec.ts";

type Override = Field<"responseOverride">[number];

export function responseOverrideProblems({ responseOverride = [] }: Spec): readonly string[] {
  return responseOverride.flatMap((override, index) =>
    [...matchProblems(override), ...responseProblems(override)].map((what) => `rule ${index}: ${what}`),
  );
}

function matchProblems({ match }: Override): readonly string[] {
  return (match.responseHeaders ?? []).flatMap(({ value }) => {
    const problem = value.type === "RegularExpression" ? regexProblem(value.value) : undefined;
    return problem ?? [];
  });
}

function responseProblems({ response, redirect }: Override): readonly string[] {
  const status = response?.statusCode;
  const port = redirect?.port;
  const headers = [...(response?.header?.set ?? []), ...(response?.header?.add ?? [])];
  return [
    ...(status !== undefined && (status < 200 || status > 599) ? [`invalid StatusCode value ${status}`] : []),
    ...(port !== undefined && (port < 1 || port > 65_535) ? [`invalid Port value ${port}`] : []),
    ...headers
      .filter(({ name }) => name.toLowerCase() === "host" || name.includes(":") || name.includes("/"))
      .map(({ name }) => `the header ${name} cannot be set`),
  ];
}
