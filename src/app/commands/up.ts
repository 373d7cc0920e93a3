import { Command } from "commander";
import { findEnvoy } from "../../infra/process/find-envoy.ts";
import type { Log } from "../../observe/log.ts";
import type { UpConfig } from "../config.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { runUp } from "../run-up.ts";
import type { Ready } from "../supervisor.ts";
import { addUpOptions, type UpFlags, upConfig } from "./up-options.ts";

export function upCommand(): Command {
  const command = new Command("up")
    .description("Serve the Gateways that a directory of Kubernetes YAML describes, with Envoy as a child process.")
    .argument("<path...>", "directories and files of YAML or JSON; they are watched")
    .addHelpText("after", examples);
  return addUpOptions(command).action(async (paths: readonly string[], flags: UpFlags) => {
    const config = upConfig(paths, flags, { accessLog: "stdout", envoyPath: await envoyPath(flags) });
    const onReady = (ready: Ready, log: Log): void => {
      sayReady(ready, log);
      if (ready.gateways.length === 0) sayNothingServed(config, log);
    };
    process.exitCode = await runUp({ config, onReady });
  });
}

const examples = `
Examples:
  ante up ./gateway                                    a directory with Gateway, HTTPRoute, InferencePool and Pods
  ante up gw.yaml --server my-pool=127.0.0.1:8000      a model server that no Pod object describes`;

export async function envoyPath(flags: { readonly envoy?: string }): Promise<string> {
  const found = await findEnvoy({ flag: flags.envoy, env: process.env });
  if (!found.found) throw new UsageError(found.problem, exitCodes.unavailable);
  return found.path;
}

function sayNothingServed({ paths, controllerName }: UpConfig, log: Log): void {
  const text = `nothing is served yet: no Gateway in ${paths.join(", ")} is of a GatewayClass with the controllerName ${controllerName}; changes are watched`;
  log.warn({ paths, controllerName, text }, "no gateway");
}

export function sayReady({ gateways, adminUrl, testSocket }: Ready, log: Log): void {
  for (const { gateway, urls, models } of gateways) {
    const serves = models.length === 0 ? "" : ` (models: ${models.join(", ")})`;
    log.info({ gateway, urls, models, text: `gateway ${gateway}: ${urls.join(" ")}${serves}` }, "gateway");
  }
  const fields = { admin: adminUrl, ...(testSocket !== undefined && { testSocket }) };
  log.info({ ...fields, gateways, text: `admin: ${adminUrl}` }, "ready");
}
