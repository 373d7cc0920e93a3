import assert from "node:assert/strict";
import { test } from "node:test";
import { splitDocuments } from "../../../src/sources/files/split.ts";
import { appFiles, fileOf, hostOf, makeApps } from "../../bench/routes/apps.ts";
import { envoyShare } from "../../bench/routes/text.ts";

test("each layout has all applications, a route, a Service and its endpoints each", () => {
  const apps = makeApps(3, { address: "127.0.0.1", port: 8000 });
  const each = appFiles(apps, "file-each");
  assert.deepEqual([...each.keys()], ["app-0000.yaml", "app-0001.yaml", "app-0002.yaml"]);
  for (const text of each.values()) assert.equal(splitDocuments(text).length, 3);
  const one = appFiles(apps, "one-file");
  assert.deepEqual([...one.keys()], ["apps.yaml"]);
  assert.equal(splitDocuments(one.get("apps.yaml") ?? "").length, 9);
});

test("an application's file and host follow from its name", () => {
  const app = { name: "app-0007", server: { address: "127.0.0.1", port: 1 } };
  assert.equal(hostOf(app), "app-0007.example.com");
  assert.ok(appFiles([app], "one-file").has(fileOf(app, "one-file")));
});

test("Envoy's share is of the processor time of both", () => {
  const change = { ms: [50], anteCpuMs: [10, 30, 20], allAnteCpuMs: [40], envoyCpuMs: [5] };
  assert.equal(envoyShare(change), 0.2);
});
