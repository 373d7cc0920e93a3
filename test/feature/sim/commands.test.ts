import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ante } from "./ante.ts";
import { startSim } from "./start-sim.ts";
import { until } from "./until.ts";

test("ante sim prints its servers, serves, and ends by a signal", async (t) => {
  const sim = ante(t, "sim", "--servers", "3", "--port", "0", "--json");
  const [line] = await sim.printed(/\{.*\}\n/);
  const { servers } = JSON.parse(line) as { servers: { url: string }[] };
  assert.equal(servers.length, 3);
  for (const { url } of servers) assert.equal((await fetch(`${url}/health`)).status, 200);
  sim.process.kill("SIGINT");
  assert.equal(await sim.ended, 0);
  assert.equal(sim.stderr(), "");
});

test("ante sim names a taken port and what to do", async (t) => {
  const server = await startSim(t);
  const sim = ante(t, "sim", "--port", String(server.port));
  assert.equal(await sim.ended, 69);
  assert.match(
    sim.stderr(),
    new RegExp(`^ante: Cannot listen on 127.0.0.1:${server.port}: another process .*--port 0`),
  );
});

test("ante load measures several models, prints a report each and saves the results", async (t) => {
  const server = await startSim(t);
  const dir = mkdtempSync(join(tmpdir(), "ante-load-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const load = ante(
    t,
    ...["load", "--base-url", server.url, "--model", "qwen", "--model", "travel-helper-v1", "--num-prompts", "10"],
    ...["--max-concurrency", "4", "--random-input-len", "20", "--random-output-len", "5", "--ignore-eos"],
    ...["--save-result", "--save-detailed", "--result-dir", dir, "--result-filename", "run.json"],
  );
  assert.equal(await load.ended, 0);
  const headings = load.stdout().match(/=+ Serving Benchmark Result: .* =+/g);
  assert.deepEqual(
    headings?.map((heading) => heading.replaceAll("=", "").trim()),
    ["qwen", "travel-helper-v1", "total"].map((name) => `Serving Benchmark Result: ${name}`),
  );
  assert.match(load.stdout(), /Successful requests: {21}20 /);
  assert.ok(!(load.stdout() + load.stderr()).includes("\u001b"), "no control codes without a terminal");
  assert.deepEqual(readdirSync(dir).toSorted(), ["run-qwen.json", "run-travel-helper-v1.json"]);
  const saved = JSON.parse(readFileSync(join(dir, "run-qwen.json"), "utf8"));
  assert.equal(saved.completed, 10);
  assert.equal(saved.ttfts.length, 10);
  assert.ok(saved.median_ttft_ms > 0);
});

test("ante load without a server says so in one line", async (t) => {
  const server = await startSim(t);
  await server.stop();
  const load = ante(t, "load", "--base-url", server.url, "--model", "qwen");
  assert.equal(await load.ended, 69);
  assert.match(load.stderr(), /^ante: Cannot reach http:.*: nothing listens there; .*\n$/);
});

test("ante load that is interrupted prints what it has", async (t) => {
  const server = await startSim(t);
  const load = ante(
    t,
    ...["load", "--base-url", server.url, "--model", "qwen", "--num-prompts", "100", "--max-concurrency", "2"],
    ...["--random-output-len", "20", "--ignore-eos"],
  );
  await until(() => server.stats().finished >= 3);
  load.process.kill("SIGINT");
  assert.equal(await load.ended, 130);
  assert.match(load.stdout(), /Successful requests: +[1-9]/);
  assert.match(load.stdout(), /Interrupted requests: +[1-2] /);
});
