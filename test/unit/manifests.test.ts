import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { celRules } from "../../hack/manifests/cel-rules.ts";
import { crdName, crds } from "../../hack/manifests/crds.ts";
import { generatedFiles } from "../../hack/manifests/generated.ts";
import { admit } from "../../src/resources/admit.ts";
import { findKind, kinds } from "../../src/resources/kind-table.ts";
import { keyword } from "../../src/resources/schema.ts";
import type { StructuralSchema } from "../../src/resources/structural.ts";

const manifests = new URL("../../manifests/", import.meta.url);

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

const read = (path: string): string => readFileSync(new URL(path, manifests), "utf8");
const objectsOf = (path: string): readonly Manifest[] =>
  parseAllDocuments(read(path)).map((document) => document.toJS() as Manifest);
const nameOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;
const yamlFiles = (folder: string): readonly string[] =>
  readdirSync(new URL(folder, manifests)).filter((name) => name.endsWith(".yaml"));

suite("manifests", () => {
  for (const [path, text] of generatedFiles())
    test(`${path} is what hack/manifests/generate writes`, () => {
      assert.equal(read(path), text);
    });

  test("no CRD is left that is not generated", () => {
    const generated = [...generatedFiles().keys()].filter((path) => path.startsWith("crds/"));
    assert.deepEqual(
      yamlFiles("crds")
        .map((name) => `crds/${name}`)
        .toSorted(),
      generated.toSorted(),
    );
  });

  test("every expression belongs to a rule of a kind whose CRD is installed", () => {
    const used = new Set(crds.flatMap(({ kind }) => messagesOf(kind.body as unknown as StructuralSchema)));
    assert.deepEqual(
      Object.keys(celRules).filter((message) => !used.has(message)),
      [],
    );
  });

  test("install.yaml is the CRDs and the base, in this order", () => {
    const files = [...read("base/kustomization.yaml").matchAll(/- (\S+\.yaml)/g)].map(([, name = ""]) => name);
    assert.deepEqual(
      yamlFiles("base").toSorted(),
      [...files, "kustomization.yaml"].toSorted(),
      "the kustomization names every file of the folder",
    );
    const base = files.flatMap((name) => objectsOf(`base/${name}`).map(nameOf));
    const installed = objectsOf("install.yaml").map(nameOf);
    const defined = crds.map(({ kind }) => `CustomResourceDefinition/${crdName(kind)}`);
    assert.deepEqual(installed, [...defined, ...base]);
  });

  test("images carry the version of this package", () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", manifests), "utf8")) as { version: string };
    const text = [read("base/deployment.yaml"), ...yamlFiles("samples").map((name) => read(`samples/${name}`))].join();
    const images = text.match(/antechamber:[\w.]+/g) ?? [];
    assert.deepEqual([...new Set(images)], [`antechamber:${version}`]);
  });

  test("each kind that is read may be listed and watched", () => {
    const rules = objectsOf("base/cluster-role.yaml").flatMap((object) => object.rules ?? []);
    const allowed = (group: string, plural: string, verb: string): boolean =>
      rules.some(
        (rule) => rule.apiGroups.includes(group) && rule.resources.includes(plural) && rule.verbs.includes(verb),
      );
    const missing = kinds.flatMap(({ group, plural }) =>
      ["list", "watch"].filter((verb) => !allowed(group, plural, verb)).map((verb) => `${verb} ${plural}.${group}`),
    );
    assert.deepEqual(missing, []);
  });

  for (const folder of ["samples/", "examples/scenario/"])
    for (const file of yamlFiles(folder))
      test(`${folder}${file} has no fault`, () => {
        for (const object of objectsOf(folder + file)) {
          const kind = findKind(object.apiVersion, object.kind);
          if (kind === undefined) continue;
          const admission = admit(kind, { ...object }, { defaultNamespace: "default" });
          assert.deepEqual("errors" in admission ? admission.errors : [], [], nameOf(object));
          assert.deepEqual(admission.warnings, [], nameOf(object));
        }
      });
});

function messagesOf(schema: StructuralSchema): readonly string[] {
  const immutable = schema[keyword.immutable];
  return [
    ...Object.keys(schema[keyword.rules] ?? {}),
    ...(immutable === undefined ? [] : [immutable]),
    ...Object.values(schema.properties ?? {}).flatMap(messagesOf),
    ...(schema.items === undefined ? [] : messagesOf(schema.items)),
    ...(schema.additionalProperties === undefined ? [] : messagesOf(schema.additionalProperties)),
  ];
}
