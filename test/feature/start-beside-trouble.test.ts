/** What of the file system cannot be read or written is told, and keeps nothing else from being served. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { eventually } from "../helpers/eventually.ts";
import { gateway, gatewayClass, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";

describe("ante up", () => {
  it("serves where the state folder cannot be written, and says that nothing is kept", async (context) => {
    const files = { "gateway.yaml": yaml(gatewayClass(), gateway("only", await freePort())) };
    const ante = await Ante.start({ files, args: ["--state-dir", join(process.execPath, "state")] });
    context.after(() => ante.stop());
    await ante.line("Cannot keep admitted objects: the next start reads files only");
  });

  it("serves a Gateway with a long name where the temporary folder is nearly too deep for sockets", async (context) => {
    const before = process.env["TMPDIR"];
    const deep = mkdtempSync(join(tmpdir(), "ante-deep-"));
    process.env["TMPDIR"] = join(deep, "x".repeat(Math.max(1, 55 - deep.length)));
    mkdirSync(process.env["TMPDIR"]);
    const files = { "gateway.yaml": yaml(gatewayClass(), gateway("a-gateway-with-a-long-name", await freePort())) };
    const ante = await Ante.start({ files }).finally(() => {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    });
    context.after(async () => {
      await ante.stop();
      rmSync(deep, { recursive: true, force: true });
    });
    await ante.line("Envoy is ready");
  });

  it("serves the rest where a file below its directory cannot be read, also in a second control thread", async (context) => {
    const ante = await Ante.start({
      files: { "gateway.yaml": yaml(gatewayClass(), gateway("only", await freePort())) },
      waitReady: false,
    });
    context.after(() => ante.stop());
    symlinkSync("loop.yaml", join(ante.dir, "loop.yaml"));
    await ante.line("ready");
    const told = (): number => ante.lines.filter(({ file }) => String(file).endsWith("loop.yaml")).length;
    await eventually("the warning", () => (told() === 1 ? true : undefined));
    await ante.order("crash control");
    await eventually("the second thread's warning", () => (told() === 2 ? true : undefined));
  });
});
