import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { isRecentEnough, parseEnvoyVersion, unsupportedMachine } from "../../../src/infra/process/envoy-release.ts";
import { cachedEnvoy, findEnvoy } from "../../../src/infra/process/find-envoy.ts";

const root = mkdtempSync(join(tmpdir(), "ante-find-"));
after(() => rmSync(root, { recursive: true }));

function program(path: string, version: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "envoy  version: 9e55/${version}/Clean/RELEASE/BoringSSL"\n`, { mode: 0o755 });
  return path;
}

describe("findEnvoy", () => {
  const recent = program(join(root, "recent/envoy"), "1.41.2");
  const old = program(join(root, "old/envoy"), "1.39.9");
  const env = { PATH: "", XDG_CACHE_HOME: join(root, "empty"), HOME: root };
  const filled = { ...env, XDG_CACHE_HOME: join(root, "cache") };
  const cached = program(cachedEnvoy(filled), "1.40.0");

  it("takes --envoy before everything else", async () => {
    const found = await findEnvoy({ flag: recent, env: { ...filled, PATH: join(root, "old") } });
    assert.deepEqual(found, { found: true, path: recent, version: "1.41.2", origin: "flag" });
  });

  it("refuses an --envoy that is too old, is no Envoy, or does not exist", async () => {
    const notEnvoy = join(root, "other");
    writeFileSync(notEnvoy, "#!/bin/sh\necho hello\n", { mode: 0o755 });
    const cases = [
      [old, /Cannot use --envoy .*: its version is 1\.39\.9, 1\.40 or newer is needed/],
      [notEnvoy, /does not answer as Envoy/],
      [join(root, "nowhere"), /does not exist or is not executable/],
    ] as const;
    for (const [flag, problem] of cases) {
      const found = await findEnvoy({ flag, env: filled });
      assert.match(found.found ? "" : found.problem, problem);
    }
  });

  it("takes an Envoy on PATH before the cache", async () => {
    const found = await findEnvoy({ env: { ...filled, PATH: `${join(root, "old")}:${join(root, "recent")}` } });
    assert.deepEqual(found, { found: true, path: recent, version: "1.41.2", origin: "path" });
  });

  it("passes over an Envoy on PATH that is too old", async () => {
    const found = await findEnvoy({ env: { ...filled, PATH: join(root, "old") } });
    assert.deepEqual(found, { found: true, path: cached, version: "1.40.0", origin: "cache" });
  });

  it("names what it has looked at and the fix when there is none", async () => {
    const found = await findEnvoy({ env: { ...env, PATH: join(root, "old") } });
    const problem = found.found ? "" : found.problem;
    assert.match(problem, /^Cannot find Envoy: .*old\/envoy is 1\.39\.9, 1\.40 or newer is needed; .* does not exist/);
    assert.match(problem, /npm run setup/);
  });
});

describe("the release of Envoy", () => {
  it("reads versions with and without a suffix", () => {
    assert.equal(parseEnvoyVersion("envoy  version: 9e55/1.40.0/Clean/RELEASE/BoringSSL"), "1.40.0");
    assert.equal(parseEnvoyVersion("envoy  version: 9e55/1.41.0-dev/Modified/DEBUG/BoringSSL"), "1.41.0-dev");
    assert.equal(parseEnvoyVersion("hello"), undefined);
  });

  it("compares versions as numbers", () => {
    assert.deepEqual(["1.40.0", "1.100.1", "2.0.0", "1.9.0", "1.39.9"].map(isRecentEnough), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("says why no build fits a machine", () => {
    assert.equal(unsupportedMachine({ platform: "linux", arch: "x64", glibc: "2.36" }), undefined);
    assert.equal(unsupportedMachine({ platform: "linux", arch: "arm64", glibc: "2.31" }), undefined);
    assert.equal(unsupportedMachine({ platform: "darwin", arch: "arm64" }), undefined);
    assert.match(unsupportedMachine({ platform: "darwin", arch: "x64" }) ?? "", /no build is published.*--envoy/);
    assert.match(unsupportedMachine({ platform: "linux", arch: "x64" }) ?? "", /needs glibc/);
    assert.match(unsupportedMachine({ platform: "linux", arch: "x64", glibc: "2.28" }) ?? "", /this system has 2\.28/);
  });
});
