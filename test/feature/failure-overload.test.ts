/** More waiting prompts than Envoy has memory for: some are refused, none is fatal. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import type { StubServer } from "../helpers/stub-server.ts";

const heapMiB = 200;

describe(`an Envoy with ${heapMiB} MiB`, () => {
  let gateway: TestGateway;
  let server: StubServer;

  before(async () => {
    gateway = await TestGateway.start({
      stub: { cacheTokens: 100_000_000, answerAtOnce: false },
      annotations: { "antechamber.dev/max-concurrency": "1", "antechamber.dev/hold-back": "0" },
      args: ["--access-log", "off", "--envoy-heap", String(heapMiB)],
    });
    server = gateway.servers[0] as StubServer;
  });
  after(() => gateway.stop());

  it("refuses some of 600 prompts of 1 MB that wait, serves the others, and lives", async () => {
    const process = async () => {
      const [proxy] =
        await gateway.ante.api<readonly { process: { pid: number; restarts: number } }[]>("/api/v1/proxies");
      return [proxy?.process.pid, proxy?.process.restarts];
    };
    const before = await process();
    const prompt = "p".repeat(1_000_000);
    const statuses = new Map<number, number>();
    const ask = async (): Promise<void> => {
      const { status } = await gateway.completion("qwen", { prompt });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    const refused = () => [...statuses].reduce((sum, [status, count]) => sum + (status === 200 ? 0 : count), 0);
    const asked: Promise<void>[] = [];
    while (asked.length < 600) {
      asked.push(...Array.from({ length: 50 }, ask));
      // Envoy looks at its heap four times a second.
      await new Promise((wake) => setTimeout(wake, 300));
    }
    await eventually("a refusal", () => (refused() > 0 ? true : undefined));
    server.answerAtOnce = true;
    server.answerAll();
    await Promise.all(asked);
    assert.deepEqual(
      [...statuses.keys()].filter((status) => ![200, 413, 429, 503].includes(status)),
      [],
    );
    assert.ok((statuses.get(200) ?? 0) > 50, `${statuses.get(200)} were served`);
    assert.deepEqual(await process(), before);

    await eventually("a request served again", async () =>
      (await gateway.completion("qwen")).status === 200 ? true : undefined,
    );
    await gateway.idle();
  });
});
