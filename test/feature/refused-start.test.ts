/** Starts that cannot go well: one line says what is wrong, and nothing goes round in circles. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { gateway, gatewayClass, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";

describe("ante up", () => {
  it("names the admin port that is taken, in one line, and exits with 69", async (context) => {
    const taken = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    context.after(() => taken.close());
    const address = taken.address();
    assert.ok(typeof address === "object" && address !== null);
    const ante = await Ante.start({ files: {}, args: ["--admin-port", String(address.port)], waitReady: false });
    assert.equal(await ante.exited, 69);
    assert.match(ante.log(), new RegExp(`Cannot listen on 127.0.0.1:${address.port} for the admin API.*--admin-port`));
    assert.equal(ante.lines.length, 1);
  });

  it("refuses a --server that is none before anything is started", async () => {
    const ante = await Ante.start({ files: {}, args: ["--server", "qwen-pool"], waitReady: false });
    assert.equal(await ante.exited, 64);
    assert.match(ante.log(), /Cannot use server.*qwen-pool.*write POOL=IP:PORT/);
  });

  it("says that nothing is served where there is no Gateway, and goes on watching", async (context) => {
    const ante = await Ante.start({ files: {} });
    context.after(() => ante.stop());
    const line = await ante.line("no gateway");
    assert.match(String(line["text"]), /nothing is served yet: no Gateway in .*config/);
    ante.write("gateway.yaml", yaml(gatewayClass(), gateway("late", await freePort())));
    await ante.line("Envoy is ready");
  });
});

describe("ante demo", () => {
  it("says in one line that its temporary folder cannot be written, and exits with 69", () => {
    const main = new URL("../../src/app/main.ts", import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, [main, "demo"], {
      env: { ...process.env, TMPDIR: process.execPath },
      encoding: "utf8",
    });
    assert.equal(status, 69);
    assert.match(stderr, /^ante: Cannot write the example's files: .*; name a writable folder with TMPDIR\n$/);
  });
});
