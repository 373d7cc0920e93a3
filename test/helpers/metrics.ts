import type { Ante } from "./ante.ts";

export async function metricsOf(ante: Ante): Promise<string> {
  return (await fetch(new URL("/metrics", ante.admin))).text();
}

/** The sum over all label sets of a series; undefined where the page has none of this name. */
export function sumOf(page: string, name: string): number | undefined {
  const values = page
    .split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
