/** A place inside an object: keys and list positions. */
export type FieldPath = readonly (string | number)[];

/** "spec.rules[0].matches[1]"; keys that are no identifiers stand in brackets: "metadata.labels[app.kubernetes.io/name]". */
export function formatFieldPath(path: FieldPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number" || !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) return `${text}[${segment}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}

/** The reverse; text in brackets is a list position where it is digits. */
export function parseFieldPath(text: string): FieldPath {
  return [...text.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, bracketed, plain]) => {
    if (bracketed !== undefined && /^[0-9]+$/.test(bracketed)) return Number(bracketed);
    return bracketed ?? plain ?? "";
  });
}
