import { isAbsolute, relative } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { Command, Option } from "commander";
import { stringify } from "yaml";
import { messageOf } from "../../lib/message-of.ts";
import { present } from "../../lib/present.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { type Translation, translate } from "../translate/translate.ts";

interface TranslateFlags {
  readonly output: "yaml" | "json";
  readonly resource: "statuses" | "xds" | "ir" | "all";
  readonly controllerName: string;
  readonly bind: string;
  readonly zone?: string;
}

const standardInput = "-";

export function translateCommand(): Command {
  return new Command("translate")
    .description("Show what YAML comes to, without a gateway: the status of each object, and Envoy's configuration.")
    .argument("<path...>", 'directories and files of YAML or JSON; "-" is the standard input')
    .addOption(new Option("-o, --output <form>", "form of the output").choices(["yaml", "json"]).default("yaml"))
    .addOption(
      new Option("-r, --resource <what>", "what to show; ir is the intermediate model")
        .choices(["statuses", "xds", "ir", "all"])
        .default("statuses"),
    )
    .option(
      "--controller-name <name>",
      "GatewayClasses of this controller are served",
      "gateway.envoyproxy.io/gatewayclass-controller",
    )
    .option("--bind <ip>", "address that the Gateways listen on", "127.0.0.1")
    .option("--zone <name>", "zone of the gateway's machine, as `ante up` is told it (default: none)")
    .addHelpText("after", more)
    .action(run);
}

const more = `
Problems go to the standard error, as file:line:column. It ends with 1 where something was rejected or a condition says
that an object is not as it should be, and with 0 where there are warnings alone. Credentials are left out.

Examples:
  ante translate ./gateway                           the status that each object would get
  ante translate gw.yaml -r xds -o json              Envoy's configuration, as its /config_dump spells it
  kustomize build . | ante translate -               what comes on the standard input`;

async function run(paths: readonly string[], flags: TranslateFlags): Promise<void> {
  const files = paths.filter((path) => path !== standardInput);
  const texts = files.length < paths.length ? { "<stdin>": await readAll(process.stdin) } : {};
  const { controllerName, bind, zone } = flags;
  let translation: Translation;
  try {
    translation = await translate({ paths: files, texts, controllerName, bind, ...present("zone", zone), nameOf });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  for (const { text } of translation.problems) process.stderr.write(`${text}\n`);
  process.stdout.write(spell(wanted(translation, flags.resource), flags.output));
  const failed = translation.problems.some(({ severity }) => severity === "error");
  process.exitCode = failed ? exitCodes.failure : exitCodes.ok;
}

function wanted(translation: Translation, resource: TranslateFlags["resource"]): unknown {
  switch (resource) {
    case "statuses":
      return translation.statuses();
    case "xds":
      return translation.xds();
    case "ir":
      return translation.ir();
    case "all":
      return { statuses: translation.statuses(), xds: translation.xds(), ir: translation.ir() };
  }
}

function spell(value: unknown, output: TranslateFlags["output"]): string {
  if (output === "json") return `${JSON.stringify(value, undefined, 2)}\n`;
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** As it was probably named: from here, where it is below. */
function nameOf(file: string): string {
  const near = relative(process.cwd(), file);
  return !isAbsolute(file) || near.startsWith("..") ? file : near;
}
