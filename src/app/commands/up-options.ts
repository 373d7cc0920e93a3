import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { homedir, totalmem } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { messageOf } from "../../lib/message-of.ts";
import { parseServer } from "../../sources/files/server-pods.ts";
import type { UpConfig } from "../config.ts";
import { UsageError } from "../exit.ts";
import { collectorUrl, decimal, integer, port } from "./option-values.ts";

/** The flags of `ante up` and `ante demo`, as commander gives them. */
export interface UpFlags {
  readonly server: readonly string[];
  readonly bind: string;
  readonly zone?: string;
  readonly adminPort: number;
  readonly envoy?: string;
  readonly envoyConcurrency: number;
  readonly envoyHeap: number;
  readonly envoyLogLevel: "debug" | "info" | "warning" | "error";
  readonly rejectUnknownFields: boolean;
  readonly regexMaxProgramSize: number;
  readonly streamIdleTimeout: number;
  readonly accessLogFlush: number;
  readonly drainTime: number;
  readonly accessLog?: "off" | "stdout";
  readonly stateDir?: string;
  readonly otlpEndpoint?: string;
  readonly controllerName: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly json: boolean;
  readonly testHooks: boolean;
}

const halfOfMemoryMiB = Math.floor(totalmem() / 2 / 2 ** 20);

export function addUpOptions(command: Command): Command {
  return command
    .option("--server <pool=ip:port>", "a model server of a pool, without a Pod object (repeatable)", server, [])
    .option("--bind <ip>", "address that the Gateways listen on", "127.0.0.1")
    .option("--zone <name>", "zone of this machine, which policies with preferLocal prefer (default: none)", zone)
    .option("--admin-port <port>", "port of the admin API on 127.0.0.1; 0 takes a free one", port, 19_000)
    .option("--envoy <path>", "the Envoy to run (default: `envoy` on PATH, then the one that setup installed)")
    .option("--envoy-concurrency <threads>", "worker threads of each Envoy", integer(1), 2)
    .option("--envoy-heap <MiB>", "heap above which Envoy refuses requests", integer(1), halfOfMemoryMiB)
    .addOption(
      new Option("--envoy-log-level <level>", "Envoy's own log level")
        .choices(["debug", "info", "warning", "error"])
        .default("warning"),
    )
    .option(
      "--access-log <where>",
      "Envoy's JSON access log: stdout or off (default: stdout for up, off for demo)",
      accessLog,
    )
    .option(
      "--stream-idle-timeout <s>",
      "Envoy's idle time-out of streams for which no route sets one",
      decimal(0.001),
      300,
    )
    .option("--drain-time <s>", "longest wait for running requests at the end", decimal(0), 600)
    .option(
      "--otlp-endpoint <url>",
      "OpenTelemetry collector that gets a span of each picked request, as http://host:4318",
      collectorUrl,
    )
    .option("--state-dir <dir>", "where the last admitted objects are kept (default: XDG state directory)")
    .option(
      "--controller-name <name>",
      "GatewayClasses of this controller are served",
      "gateway.envoyproxy.io/gatewayclass-controller",
    )
    .addOption(
      new Option("--log-level <level>", "least level of the log")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .option("--json", "log lines as JSON", false)
    .addOption(hidden("--reject-unknown-fields", "Envoy refuses fields that it does not know").default(false))
    .addOption(hidden("--regex-max-program-size <n>", "Envoy's bound").argParser(integer(1)).default(10_000))
    .addOption(
      hidden("--access-log-flush <s>", "how often a running request is reported").argParser(decimal(0.001)).default(5),
    )
    .addOption(hidden("--test-hooks", "a socket that crashes and blocks threads").default(false));
}

function hidden(flags: string, description: string): Option {
  return new Option(flags, description).hideHelp();
}

export interface UpDefaults {
  readonly accessLog: "off" | "stdout";
  readonly envoyPath: string;
}

export function upConfig(paths: readonly string[], flags: UpFlags, defaults: UpDefaults): UpConfig {
  const real = paths.map(realPath);
  const digest = createHash("sha256").update(real.join("\n")).digest("hex").slice(0, 12);
  const stateHome = process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  return Object.freeze({
    paths: real,
    servers: flags.server,
    bind: flags.bind,
    ...(flags.zone !== undefined && { zone: flags.zone }),
    admin: { host: "127.0.0.1", port: flags.adminPort },
    stateDir: flags.stateDir ?? join(stateHome, "antechamber", digest),
    envoy: {
      path: defaults.envoyPath,
      concurrency: flags.envoyConcurrency,
      logLevel: flags.envoyLogLevel,
      heapBytes: flags.envoyHeap * 2 ** 20,
      rejectUnknownFields: flags.rejectUnknownFields,
      regexMaxProgramSize: flags.regexMaxProgramSize,
    },
    log: { level: flags.logLevel, json: flags.json, colour: wantsColour() },
    accessLog: flags.accessLog ?? defaults.accessLog,
    controllerName: flags.controllerName,
    streamIdleTimeoutMs: flags.streamIdleTimeout * 1000,
    accessLogFlushMs: flags.accessLogFlush * 1000,
    drainMs: flags.drainTime * 1000,
    ...(flags.otlpEndpoint !== undefined && { otlpEndpoint: flags.otlpEndpoint }),
    testHooks: flags.testHooks,
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new UsageError(
      `Cannot read "${path}": there is no such file or directory; name a directory of YAML files, or files`,
    );
  }
}

/** https://no-color.org, and no control codes without a terminal. */
function wantsColour(): boolean {
  return process.stderr.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
}

function server(value: string, before: readonly string[]): readonly string[] {
  try {
    parseServer(value, "default");
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
  return [...before, value];
}

function zone(value: string): string {
  if (value.trim() === "") throw new InvalidArgumentError("it must not be empty.");
  return value;
}

function accessLog(value: string): "off" | "stdout" {
  if (value !== "off" && value !== "stdout") throw new InvalidArgumentError('it must be "off" or "stdout".');
  return value;
}
