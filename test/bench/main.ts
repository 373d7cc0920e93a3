/** `npm run bench -- NAME`: the benchmarks, each a folder of its own. docs/reference/benches.md says what they mean. */
import { BadUsage, type Bench } from "./bench.ts";
import { flow } from "./flow/bench.ts";
import { picker } from "./picker/bench.ts";
import { routes } from "./routes/bench.ts";
import { scenario } from "./scenario/bench.ts";

const benches: Readonly<Record<string, Bench>> = { scenario, picker, flow, routes };

const exitUsage = 64;

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === "--help" || name === "-h") {
    process.stdout.write(usage(Object.keys(benches)));
    return;
  }
  const bench = benches[name];
  if (bench === undefined) throw new BadUsage(`there is no benchmark "${name}"`);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage([name]));
    return;
  }
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => abort.abort());
  await bench.run(args, { signal: abort.signal, print: (text) => process.stdout.write(`${text}\n`) });
}

function usage(names: readonly string[]): string {
  return names.map((name) => `Usage: npm run bench -- ${name} [options]\n\n${benches[name]?.usage}\n`).join("\n");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof BadUsage || (error instanceof TypeError && "code" in error);
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isUsage) process.stderr.write("Try: npm run bench -- --help\n");
  process.exitCode = isUsage ? exitUsage : 1;
}
