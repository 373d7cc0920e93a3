import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Command } from "commander";
import { messageOf } from "../../lib/message-of.ts";
import type { Log } from "../../observe/log.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { runUp } from "../run-up.ts";
import type { SimWorkerData } from "../sim-worker.ts";
import type { Ready } from "../supervisor.ts";
import { viewUnderLog } from "../top/under-log.ts";
import { decimal, integer, port } from "./option-values.ts";
import { envoyPath, sayReady } from "./up.ts";
import { addUpOptions, type UpFlags, upConfig } from "./up-options.ts";

interface DemoFlags extends UpFlags {
  readonly port: number;
  readonly servers: number;
  readonly scale: number;
  readonly view: boolean;
}

const scenario = new URL("../../../manifests/examples/scenario/", import.meta.url);
const scenarioPort = 8081;

export function demoCommand(): Command {
  const command = new Command("demo")
    .description(
      "Serve the example scenario in front of simulated model servers: two models, one pool, two priorities.",
    )
    .option("--port <port>", "port of the example's Gateway", port, scenarioPort)
    .option("--servers <n>", "simulated model servers", integer(1, 1_000), 5)
    .option("--scale <factor>", "the servers hold that many times fewer tokens", decimal(1), 10)
    .option("--no-view", "no live view under the log, which a terminal gets");
  return addUpOptions(command).action(run);
}

async function run(flags: DemoFlags): Promise<void> {
  const envoy = await envoyPath(flags);
  const { worker, ports } = await startServers(flags);
  // Last, since a signal leaves nothing behind only from here on.
  const dir = writeScenario(flags.port);
  const servers = [...flags.server, ...ports.map((server) => `default/qwen-pool=127.0.0.1:${server}`)];
  const config = upConfig([dir], { ...flags, server: servers }, { accessLog: "off", envoyPath: envoy });
  let stopView = (): void => {};
  process.exitCode = await runUp({
    config,
    onReady(ready, log) {
      sayDemo(ready, log, flags);
      if (flags.view && !flags.json) stopView = viewUnderLog(ready.adminUrl, flags.servers);
    },
    hopelessHint: "choose another port with --port",
    async alsoStop() {
      stopView();
      await worker.terminate();
      rmSync(dir, { recursive: true, force: true });
    },
  });
}

function writeScenario(gatewayPort: number): string {
  const dir = temporaryDirectory();
  for (const name of readdirSync(scenario)) {
    const text = readFileSync(new URL(name, scenario), "utf8");
    writeFileSync(join(dir, name), text.replace(`port: ${scenarioPort}`, `port: ${gatewayPort}`));
  }
  return dir;
}

function temporaryDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), "ante-demo-"));
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError(
      `Cannot write the example's files: ${reason}; name a writable folder with TMPDIR`,
      exitCodes.unavailable,
    );
  }
}

async function startServers({ servers, scale }: DemoFlags): Promise<{ worker: Worker; ports: readonly number[] }> {
  const data: SimWorkerData = { servers, scale };
  const worker = new Worker(new URL("../sim-worker.ts", import.meta.url), { workerData: data });
  const ports = await new Promise<readonly number[]>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  worker.on("error", (error) => process.stderr.write(`ante: the simulated model servers ended: ${String(error)}\n`));
  return { worker, ports };
}

/** Commands are shown as they can be pasted from the checkout, on the standard output so that a log can be kept apart. */
function sayDemo(ready: Ready, log: Log, { scale, json }: DemoFlags): void {
  sayReady(ready, log);
  if (json) return;
  const url = ready.gateways.flatMap(({ urls }) => urls)[0] ?? "";
  const tokens = (count: number): number => Math.round(count / scale);
  process.stdout.write(`
  Gateway  ${url}
  Try      curl ${url}/v1/completions -H 'content-type: application/json' -d '{"model":"qwen","prompt":"Hello","max_tokens":16}'
  Admin    ${ready.adminUrl}   what waits: curl -s ${ready.adminUrl}/api/v1/queues
  Watch    bin/ante top --admin ${ready.adminUrl}
  Load     bin/ante load --base-url ${url} --model qwen --model travel-helper --num-prompts 300 --max-concurrency 60 \\
             --random-prefix-len ${tokens(1000)} --random-input-len ${tokens(3000)} --random-output-len ${tokens(3000)} --random-range-ratio 0.2 --ignore-eos

  qwen is Critical, travel-helper is Standard: under that load travel-helper waits in the gateway. Ctrl-C ends.
`);
}
