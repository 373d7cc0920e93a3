import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../helpers/ports.ts";
import { type Child, spawnAnte } from "../process/child.ts";
import { commandName, processTree } from "../process/cpu.ts";
import { watchCpu } from "../process/cpu-watch.ts";
import { spawnGateway } from "../process/gateway.ts";
import { answers, lastLines, waitFor } from "../process/wait.ts";
import type { Arm, ModelName } from "./arm.ts";
import { armFiles } from "./files.ts";
import { type LoadFile, modelResult, type RunResult } from "./result.ts";

export interface RunArmOptions {
  readonly arm: Arm;
  readonly seed: number;
  /** Token counts and the servers' cache are divided by this. */
  readonly scale: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Logs and raw results go here. */
  readonly dir: string;
  readonly signal: AbortSignal;
}

const servers = 5;
const requestsPerModel = 300;
const inFlightPerModel = 60;
/** Both clients start within so long, on servers of full size. */
const startWithinS = 2;

/** Starts servers, gateway and client, each a process of its own, and ends them, whatever happens. */
export async function runArm(options: RunArmOptions): Promise<RunResult> {
  mkdirSync(options.dir, { recursive: true });
  const home = mkdtempSync(join(tmpdir(), "ante-bench-"));
  const children: Child[] = [];
  const start = (name: string, args: readonly string[]): Child => {
    const child = spawnAnte(args, join(options.dir, `${name}.log`));
    children.unshift(child);
    return child;
  };
  try {
    const sim = start("sim", simArgs(options));
    const serverUrls = await simUrls(sim);
    const gatewayPort = await freePort();
    const gateway = await startGateway(options, home, { gatewayPort, serverUrls, start });
    const load = start("load", loadArgs(options, gatewayPort));
    const cpu = watchCpu({ ...gatewayProcesses(gateway.pid), servers: [sim.pid], load: [load.pid] });
    await endOf(load, [gateway, sim], options.signal);
    const shares = cpu.stop();
    const files = options.arm.models.map((model) => readLoadFile(options, model));
    const durationS = Math.max(...files.map(({ duration }) => duration));
    return {
      arm: options.arm.name,
      seed: options.seed,
      durationS,
      tokensPerS: files.reduce((sum, file) => sum + file.total_output_tokens, 0) / durationS,
      preemptions: await countPreemptions(serverUrls),
      models: files.map(modelResult),
      cpu: shares,
    };
  } finally {
    for (const child of children) await child.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function simArgs({ arm, scale }: RunArmOptions): readonly string[] {
  // Without InferenceModels nobody rewrites the name, so the servers know the one that clients use.
  const names: readonly string[] = arm.name === "least-request" ? ["travel-helper"] : ["travel-helper-v1"];
  return ["sim", "--servers", `${servers}`, "--port", "0", "--scale", `${scale}`, "--json", "--lora-modules", ...names];
}

async function simUrls(sim: Child): Promise<readonly string[]> {
  await waitFor("the servers' addresses", sim, () => sim.stdout().includes("\n"));
  const { servers: started } = JSON.parse(sim.stdout()) as { servers: readonly { url: string }[] };
  return started.map(({ url }) => url);
}

interface GatewayPorts {
  readonly gatewayPort: number;
  readonly serverUrls: readonly string[];
  readonly start: (name: string, args: readonly string[]) => Child;
}

async function startGateway(options: RunArmOptions, home: string, ports: GatewayPorts): Promise<Child> {
  const { gatewayPort, serverUrls, start } = ports;
  const dir = join(home, "config");
  mkdirSync(dir);
  const serverPorts = serverUrls.map((url) => Number(new URL(url).port));
  const { arm, annotations } = options;
  for (const [name, text] of Object.entries(armFiles({ arm: arm.name, gatewayPort, serverPorts, annotations }))) {
    writeFileSync(join(dir, name), text);
  }
  const { child: gateway, admin } = await spawnGateway({ dir, home, start: (args) => start("gateway", args) });
  await waitFor("the gateway to be ready", gateway, () => answers(`${admin}/readyz`));
  await waitFor("every server to be read", gateway, () => serversRead(admin, options));
  await waitFor("the gateway to serve", gateway, () => serves(gatewayPort));
  return gateway;
}

function loadArgs({ arm, seed, scale, dir }: RunArmOptions, gatewayPort: number): readonly string[] {
  const scaled = (tokens: number): string => `${Math.round(tokens / scale)}`;
  return [
    ...["load", "--base-url", `http://127.0.0.1:${gatewayPort}`, "--endpoint", "/v1/completions"],
    ...arm.models.flatMap((model) => ["--model", model]),
    ...["--num-prompts", `${requestsPerModel}`, "--max-concurrency", `${inFlightPerModel}`],
    ...["--random-prefix-len", scaled(1_000), "--random-input-len", scaled(3_000)],
    ...["--random-output-len", scaled(3_000), "--random-range-ratio", "0.2", "--ignore-eos"],
    ...["--start-within", `${startWithinS / scale}`, "--seed", `${seed}`],
    ...["--save-result", "--save-detailed", "--result-dir", dir, "--result-filename", "load.json"],
  ];
}

function readLoadFile({ arm, dir }: RunArmOptions, model: ModelName): LoadFile {
  const name = arm.models.length === 1 ? "load.json" : `load-${model}.json`;
  return JSON.parse(readFileSync(join(dir, name), "utf8")) as LoadFile;
}

/** The load ends by itself; if what it measures ends first, the run is void. */
async function endOf(load: Child, measured: readonly Child[], signal: AbortSignal): Promise<void> {
  const early = measured.map(async (child) => {
    const code = await child.ended;
    throw new Error(`Cannot measure: a process that is measured ended with code ${code}:\n${lastLines(child)}`);
  });
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("Cannot go on: interrupted")));
  });
  const code = await Promise.race([load.ended, ...early, interrupted]);
  if (code !== 0) throw new Error(`Cannot measure: the load ended with code ${code}:\n${lastLines(load)}`);
}

async function countPreemptions(serverUrls: readonly string[]): Promise<number> {
  let sum = 0;
  for (const url of serverUrls) {
    const stats = (await (await fetch(`${url}/sim/stats`)).json()) as { readonly preemptions: number };
    sum += stats.preemptions;
  }
  return sum;
}

async function serversRead(admin: string, { arm }: RunArmOptions): Promise<boolean> {
  if (arm.name === "least-request") return true;
  const response = await fetch(`${admin}/api/v1/endpoints`);
  const endpoints = (await response.json()) as readonly { readonly state: string }[];
  return endpoints.filter(({ state }) => state === "ready").length === servers;
}

/** A model that nobody has: its 404 comes from behind the route, and teaches nobody anything about answers. */
async function serves(gatewayPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${gatewayPort}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "nobody-has-this", prompt: "x" }),
  }).catch(() => undefined);
  return response?.status === 404 && (await response.text()).includes('"error"');
}

/** The gateway's processes by name: our own, Envoy, and the little ones that watch over it. */
function gatewayProcesses(root: number): Readonly<Record<string, readonly number[]>> {
  const children = processTree(root).filter((pid) => pid !== root);
  return { ante: [root], ...Object.groupBy(children, commandName) } as Readonly<Record<string, readonly number[]>>;
}
