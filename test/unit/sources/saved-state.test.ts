import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { silentLog } from "../../../src/observe/log.ts";
import { loadSavedState, SavedState } from "../../../src/sources/files/saved-state.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { objectsFromYaml } from "../../helpers/resources-from-yaml.ts";

suite("what is kept of admitted objects", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "ante-state-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test("has all but Secrets, and is readable by its owner alone", async () => {
    const objects = objectsFromYaml(
      [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: kept}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {password: canary-4711}}",
      ].join("\n---\n"),
    );
    const holdings = () => objects.map((object) => ({ file: "a.yaml", object }));
    const state = new SavedState({ directory, clock: new FakeClock(), log: silentLog, holdings });
    state.changed();
    await state.stop();

    const path = join(directory, "admitted.json");
    assert.doesNotMatch(await readFile(path, "utf8"), /canary|Y2FuYXJ5/);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const loaded = await loadSavedState(directory, silentLog);
    assert.deepEqual(
      loaded.get("a.yaml")?.map(({ kind }) => kind),
      ["ConfigMap"],
    );
  });
});
