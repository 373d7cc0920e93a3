/** argv to exit code: the only `process.exit`. Each command is a file of its own in commands/, loaded when it is asked for. */
import { Command, CommanderError } from "commander";
import { exitCodes, UsageError } from "./exit.ts";
import { version } from "./version.ts";

const program = new Command("ante")
  .description("A gateway for language model servers: requests wait in the gateway, in order of priority.")
  .version(version)
  .showHelpAfterError("(see --help)")
  .exitOverride();

async function addCommands(asked: string | undefined): Promise<void> {
  const loaders: Readonly<Record<string, () => Promise<Command>>> = {
    up: async () => (await import("./commands/up.ts")).upCommand(),
    serve: async () => (await import("./commands/serve.ts")).serveCommand(),
    envoy: async () => (await import("./commands/envoy.ts")).envoyCommand(),
    demo: async () => (await import("./commands/demo.ts")).demoCommand(),
    translate: async () => (await import("./commands/translate.ts")).translateCommand(),
    top: async () => (await import("./commands/top.ts")).topCommand(),
    sim: async () => (await import("./commands/sim.ts")).simCommand(),
    load: async () => (await import("./commands/load.ts")).loadCommand(),
  };
  const one = asked === undefined ? undefined : loaders[asked];
  const wanted = one === undefined ? Object.values(loaders) : [one];
  for (const load of wanted) program.addCommand((await load()).exitOverride().showHelpAfterError("(see --help)"));
}

async function run(argv: readonly string[]): Promise<number> {
  try {
    await addCommands(argv[2]);
    await program.parseAsync(argv);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof UsageError) {
      process.stderr.write(`ante: ${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`ante: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.failure;
  }
}

process.exit(await run(process.argv));
