import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { checkSocketPath, createRuntimeDir, type RuntimeDirOptions } from "../../../src/infra/process/runtime-dir.ts";
import { freeSocketPath } from "../../../src/infra/process/unix-socket.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rt-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const options = (more: Partial<RuntimeDirOptions> = {}): RuntimeDirOptions => ({
  temporary: root,
  platform: "linux",
  pid: 42,
  isAlive: () => true,
  ...more,
});

describe("createRuntimeDir", () => {
  it("makes a folder that only this user can enter, another one each time", async () => {
    const [first, second] = [await createRuntimeDir(options()), await createRuntimeDir(options())];
    assert.equal(statSync(first.path).mode & 0o777, 0o700);
    assert.notEqual(first.path, second.path);
    first.remove();
    assert.ok(!existsSync(first.path));
  });

  it("removes folders of dead processes only, and none that is still answered on", async () => {
    const [dead, alive, answered, other] = ["ante-1-aaaaaa", "ante-2-bbbbbb", "ante-3-cccccc", "ante-uuuu"].map(
      (name) => {
        mkdirSync(join(root, name));
        return join(root, name);
      },
    ) as [string, string, string, string];
    writeFileSync(join(dead, "xds.sock"), "");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(answered, "xds.sock"), resolve));
    await createRuntimeDir(options({ isAlive: (pid) => pid === 2 }));
    const left = [dead, alive, answered, other].map((path) => existsSync(path));
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(left, [false, true, true, true]);
  });

  it("falls back to the temporary folder when XDG_RUNTIME_DIR is not usable or too long", async () => {
    const long = join(root, "x".repeat(90));
    mkdirSync(long);
    for (const xdgRuntimeDir of [join(root, "nowhere"), long]) {
      const { path } = await createRuntimeDir(options({ xdgRuntimeDir }));
      assert.ok(path.startsWith(join(root, "ante-42-")));
    }
  });

  it("says what is wrong with every folder when none is usable", async () => {
    await assert.rejects(createRuntimeDir(options({ temporary: join(root, "nowhere") })), /ENOENT.*TMPDIR/);
  });

  it("checks the path of each socket", async () => {
    const dir = await createRuntimeDir(options());
    assert.equal(dir.socket("xds.sock"), join(dir.path, "xds.sock"));
    assert.throws(() => dir.socket("x".repeat(100)), /the system allows 107/);
    assert.throws(() => checkSocketPath("/".padEnd(104, "x"), "darwin"), /has 104 bytes, the system allows 103/);
  });
});

describe("freeSocketPath", () => {
  it("removes a socket that nobody answers on, and refuses one in use", async () => {
    const path = join(root, "a.sock");
    await freeSocketPath(path);
    writeFileSync(path, "");
    await freeSocketPath(path);
    assert.ok(!existsSync(path));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await assert.rejects(freeSocketPath(path), /another process listens there/);
    await new Promise((resolve) => server.close(resolve));
  });
});
