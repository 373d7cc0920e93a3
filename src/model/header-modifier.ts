import type { HTTPRouteFilter } from "../resources/kinds/http-route.ts";
import type { HeaderIr, HeaderMutationIr } from "./ir.ts";

type Modifier = NonNullable<HTTPRouteFilter["requestHeaderModifier"]>;

export function convertModifier({ set, add, remove }: Modifier): HeaderMutationIr {
  return {
    set: firstOfEachName(set ?? []),
    add: firstOfEachName(add ?? []),
    remove: [...new Set((remove ?? []).map((name) => name.toLowerCase()))],
  };
}

/** Of entries with an equivalent name only the first counts. */
function firstOfEachName(headers: readonly HeaderIr[]): readonly HeaderIr[] {
  const byName = new Map<string, HeaderIr>();
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    if (!byName.has(key)) byName.set(key, { name: key, value });
  }
  return [...byName.values()];
}

/** What Envoy would refuse, and with it the whole route configuration. */
export function modifierProblems(
  where: string,
  filter: string,
  { set, add, remove }: HeaderMutationIr,
): readonly string[] {
  const problems: string[] = [];
  const check = (verb: string, name: string): void => {
    if (name === "") problems.push(`${where}: ${filter} Filter cannot ${verb} a header with an empty name`);
    else if (name === "host" || /[/:]/.test(name)) {
      problems.push(
        `${where}: Header: "${name}". The ${filter} filter cannot ${verb} the Host header or headers with a '/' or ':' character in them.`,
      );
    }
  };
  for (const [verb, headers] of [
    ["set", set],
    ["add", add],
  ] as const) {
    for (const { name, value } of headers) {
      check(verb, name);
      if (hasControlCharacters(value)) {
        problems.push(`${where}: Header: "${name}". ${filter} Filter cannot ${verb} a header with an invalid value.`);
      }
    }
  }
  for (const name of remove) check("remove", name);
  return problems;
}

function hasControlCharacters(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if ((code < 32 && code !== 9) || code === 127) return true;
  }
  return false;
}
