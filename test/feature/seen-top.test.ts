/** `ante top` beside a running gateway, without a terminal. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { TestGateway } from "../helpers/gateway.ts";

const main = new URL("../../src/app/main.ts", import.meta.url).pathname;

async function top(
  admin: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [main, "top", "--admin", admin], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LANG: "C", LC_ALL: "C" },
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (out += piece));
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (err += piece));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, out, err };
}

describe("ante top", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({ servers: 2 });
  });
  after(() => gateway.stop());

  it("prints one look without control codes where there is no terminal", async () => {
    for (let i = 0; i < 3; i++) await gateway.completion("qwen");
    await gateway.idle();
    const { code, out, err } = await top(gateway.ante.admin);
    assert.equal(code, 0, err);
    assert.doesNotMatch(out, /[^\n\P{Cc}]/u);
    assert.match(out, /0 waiting +0 in flight/);
    assert.match(out, /^WAITING +\S+qwen-pool +has room$/m);
    for (const { port } of gateway.servers) assert.match(out, new RegExp(`^ 127.0.0.1:${port} +\\.+ +0`, "m"));
    assert.match(out, /^ {2}qwen +\d+ms +\d+ms +3$/m);
  });

  it("says what to do where there is no gateway", async () => {
    const { code, err } = await top("http://127.0.0.1:9");
    assert.equal(code, 69);
    assert.match(err, /^ante: Cannot watch the gateway at .*; start one with "ante up", or name its admin URL/);
  });
});
