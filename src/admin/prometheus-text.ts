/** Prometheus' text format. https://prometheus.io/docs/instrumenting/exposition_formats/ */

/**
 * Several pages as one: the lines of a family stay together, as the format demands, and it is described once, in the
 * words of the first page that has it.
 */
export function mergePages(pages: readonly string[]): string {
  const families = new Map<string, { readonly comments: Map<string, string>; readonly samples: string[] }>();
  for (const page of pages) {
    let current = "";
    for (const line of page.split("\n")) {
      if (line === "") continue;
      const [, word, described] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (line.startsWith("#") && described === undefined) continue;
      current = described ?? familyOf(nameOf(line), current);
      let family = families.get(current);
      if (family === undefined) families.set(current, (family = { comments: new Map(), samples: [] }));
      if (word === undefined) family.samples.push(line);
      else if (!family.comments.has(word)) family.comments.set(word, line);
    }
  }
  const lines = [...families.values()].flatMap(({ comments, samples }) => [...comments.values(), ...samples]);
  return lines.map((line) => `${line}\n`).join("");
}

/** The page with one more label on each sample. */
export function addLabel(page: string, name: string, value: string): string {
  const label = `${name}="${value.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`))}"`;
  return page.replace(/^([A-Za-z_:][\w:]*)(\{(?!\})|\{\})?/gm, (_, metric: string, brace: string | undefined) =>
    brace === "{" ? `${metric}{${label},` : `${metric}{${label}}`,
  );
}

function nameOf(line: string): string {
  return /^[^{\s]+/.exec(line)?.[0] ?? line;
}

/** The samples of a histogram or a summary have suffixes that its description lacks. */
function familyOf(name: string, described: string): string {
  const suffix = described !== "" && name.startsWith(described) ? name.slice(described.length) : "";
  return /^_(bucket|sum|count|total|created|info)$/.test(suffix) ? described : name;
}
