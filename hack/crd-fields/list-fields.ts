/** Prints the fields of CRD files: argv[2] names a file with lines "module@version path", argv[3] one with opaque paths. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fieldLines } from "../../test/helpers/field-lines.ts";

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: {
        readonly openAPIV3Schema: { readonly properties: { readonly spec: Parameters<typeof fieldLines>[0] } };
      };
    }[];
  };
}

const opaque = new Set(linesOf(process.argv[3]));
for (const [module, path] of linesOf(process.argv[2]).map((line) => line.split(" "))) {
  const crd = parse(readFileSync(path ?? "", "utf8")) as Crd;
  const stored = crd.spec.versions.find((version) => version.storage);
  if (stored === undefined) throw new Error(`Cannot read ${path}: it stores no version`);
  console.log(`# ${crd.spec.group}/${stored.name} ${crd.spec.names.kind} (${module})`);
  console.log(fieldLines(stored.schema.openAPIV3Schema.properties.spec, opaque).join("\n"));
}

function linesOf(path = ""): readonly string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}
