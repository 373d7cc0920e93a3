import { Command, InvalidArgumentError } from "commander";
import { envoyAdmin } from "../../infra/shutdown-manager/envoy-admin.ts";
import { startShutdownManager } from "../../infra/shutdown-manager/shutdown-manager.ts";
import { systemClock } from "../../lib/clock.ts";
import { integer, port } from "./option-values.ts";

interface Flags {
  readonly readyTimeout: number;
  readonly drainTimeout: number;
  readonly minDrainDuration: number;
  readonly healthCheckFailureDelay: number;
  readonly admin: { readonly host: string; readonly port: number };
  readonly port: number;
}

export function envoyCommand(): Command {
  return new Command("envoy")
    .description("What runs beside an Envoy in its Pod.")
    .addCommand(
      new Command("shutdown-manager")
        .description("Drain the Envoy of this Pod when the Pod ends: SIGTERM begins it.")
        .option("--ready-timeout <seconds>", "how long /shutdown/ready waits", seconds, 310)
        .option("--drain-timeout <seconds>", "requests that run longer are cut", seconds, 300)
        .option("--min-drain-duration <seconds>", "how long new requests may still come", seconds, 10)
        .option("--health-check-failure-delay <seconds>", "from the start to failed health checks", seconds, 0)
        .option("--admin <host:port>", "Envoy's admin interface", hostAndPort, { host: "127.0.0.1", port: 19_000 })
        .option("--port <port>", "where to listen, at all addresses; 0: any", port, 19_002)
        .action(run),
    );
}

async function run(flags: Flags): Promise<void> {
  const manager = await startShutdownManager({
    envoy: envoyAdmin(flags.admin),
    clock: systemClock,
    times: {
      failureDelayMs: flags.healthCheckFailureDelay * 1000,
      drainMs: flags.drainTimeout * 1000,
      minDrainMs: flags.minDrainDuration * 1000,
    },
    readyMs: flags.readyTimeout * 1000,
    port: flags.port,
    say: (fields, message) => process.stdout.write(`${JSON.stringify({ message, ...fields })}\n`),
  });
  process.stdout.write(`${JSON.stringify({ message: "shutdown manager listens", port: manager.port })}\n`);
  await new Promise<void>((end) => {
    process.once("SIGTERM", () => void manager.shutDown().then(end, end));
    // By hand: nothing is drained.
    process.once("SIGINT", () => void manager.close().then(end, end));
  });
}

const seconds = integer(0);

function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  if (colon < 1) throw new InvalidArgumentError("must be host:port");
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: port(text.slice(colon + 1)) };
}
