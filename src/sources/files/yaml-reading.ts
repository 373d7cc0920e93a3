/**
 * YAML as Kubernetes reads it: scalars by the rules of Go's YAML 1.1 reader, so that a file means the same here as with
 * kubectl ("on" is true, 0o20 and 020 are 16, 1_000 is 1000, what is quoted is a string).
 */
import { type Document, LineCounter, parseDocument, type ScalarTag } from "yaml";

/** How often aliases may be expanded, in all; Kubernetes bounds it too. */
const mostAliases = 100;

const scalars: readonly ScalarTag[] = [
  { tag: "tag:yaml.org,2002:null", default: true, test: /^(?:~|null|Null|NULL)?$/, resolve: () => null },
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/,
    resolve: (text: string) => /^(?:y|t|on)/i.test(text),
  },
  {
    tag: "tag:yaml.org,2002:int",
    default: true,
    test: /^[-+]?(?:0[bB][01_]+|0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0|[1-9][0-9_]*)$/,
    resolve: readInteger,
  },
  {
    tag: "tag:yaml.org,2002:float",
    default: true,
    test: /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/,
    resolve: (text: string) => Number(text),
  },
];

export interface ReadYaml {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: "failsafe",
    customTags: (tags) => [...tags, ...scalars],
    merge: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  return { document, lines };
}

/** Plain values; throws where aliases are used to blow up the document. */
export function plainValue(document: Document): unknown {
  return document.toJS({ maxAliasCount: mostAliases });
}

function readInteger(text: string): number {
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  const octal = /^0[oO]?([0-7]+)$/.exec(digits)?.[1];
  const size = octal === undefined ? Number(digits) : Number.parseInt(octal, 8);
  return text.startsWith("-") ? -size : size;
}
