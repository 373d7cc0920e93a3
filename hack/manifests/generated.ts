/** What of manifests/ is written by hack/manifests/generate: text by path below that folder. */
import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import { crdManifest, crdName, crds } from "./crds.ts";

const manifests = new URL("../../manifests/", import.meta.url);
const notice = "# Written by hack/manifests/generate.\n";

export function generatedFiles(): ReadonlyMap<string, string> {
  const files = crds.map((crd) => ({ name: `${crdName(crd.kind)}.yaml`, text: notice + yaml(crdManifest(crd)) }));
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: files.map(({ name }) => name),
  };
  const base = readResources("base/kustomization.yaml").map((name) => read(`base/${name}`));
  return new Map([
    ...files.map(({ name, text }) => [`crds/${name}`, text] as const),
    ["crds/kustomization.yaml", notice + yaml(kustomization)],
    [
      "install.yaml",
      [notice.trimEnd(), ...[...files.map(({ text }) => text), ...base].map(withoutComments)].join("\n---\n"),
    ],
  ]);
}

/** The files that a kustomization without any transformation puts together. */
function readResources(path: string): readonly string[] {
  return [...read(path).matchAll(/^ {2}- (\S+\.yaml)$/gm)].map(([, name = ""]) => name);
}

function read(path: string): string {
  return readFileSync(new URL(path, manifests), "utf8");
}

function withoutComments(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .trim();
}

/** Quoted as YAML 1.1 needs it, in which a bare Off is false: kubectl reads that. */
function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}
