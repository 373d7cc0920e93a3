import { hostname } from "node:os";
import { Command, Option } from "commander";
import { UsageError } from "../exit.ts";
import { runServe } from "../serve/run-serve.ts";
import type { ServeConfig } from "../serve/serve-config.ts";
import { version } from "../version.ts";
import { collectorUrl, decimal, integer, port } from "./option-values.ts";

interface ServeFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly watchNamespace: readonly string[];
  readonly controllerName: string;
  readonly takeOver: boolean;
  readonly dryRun: boolean;
  readonly image?: string;
  readonly envoyImage?: string;
  readonly clusterDomain: string;
  readonly xdsHost?: string;
  readonly advertiseAddress?: string;
  readonly xdsPort: number;
  readonly pickerPort: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly streamIdleTimeout: number;
  readonly drainTime: number;
  readonly otlpEndpoint?: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly json: boolean;
  readonly accessLogFlush: number;
  readonly regexMaxProgramSize: number;
  readonly authorityLife?: number;
  readonly certificateLife?: number;
  readonly trustOverlap?: number;
  readonly conformance: boolean;
  readonly testHooks: boolean;
}

/** Where Envoy Gateway keeps its proxies, and so do we: its users look there. */
const usualNamespace = "envoy-gateway-system";

export function serveCommand(): Command {
  return new Command("serve")
    .description("Serve the Gateways of a Kubernetes cluster: one replica owns the work, the others stand by.")
    .option(
      "--kubeconfig <file>",
      "how to reach the cluster (default: $KUBECONFIG, the user's own, the Pod's ServiceAccount)",
    )
    .option("--context <name>", "context of the kubeconfig (default: its current one)")
    .option(
      "--namespace <name>",
      `of the proxies, the Lease and the certificates (default: the Pod's, else ${usualNamespace})`,
    )
    .option("--watch-namespace <name>", "read objects of this namespace alone (repeatable; default: all)", append, [])
    .option(
      "--controller-name <name>",
      "GatewayClasses of this controller are served",
      "gateway.envoyproxy.io/gatewayclass-controller",
    )
    .option("--take-over", "start although an Envoy Gateway runs that serves the same classes", false)
    .option("--dry-run", "print what would be written as YAML, write nothing, and end", false)
    .option("--image <image>", "image of this program, for the shutdown manager beside each Envoy")
    .option("--envoy-image <image>", "Envoy's image, where no EnvoyProxy names one")
    .option("--cluster-domain <domain>", "DNS domain of the cluster", "cluster.local")
    .option("--xds-host <name>", "where proxies find the owner (default: the Service antechamber of the namespace)")
    .option("--advertise-address <ip>", "where proxies reach this replica (default: the Pod's address)")
    .option("--xds-port <port>", "port of the xDS server", port, 18_000)
    .option("--picker-port <port>", "port of the endpoint picker and the access log", port, 18_002)
    .option("--admin-host <ip>", "address of the admin API and the probes", "127.0.0.1")
    .option("--admin-port <port>", "port of the admin API and the probes", port, 19_001)
    .option(
      "--stream-idle-timeout <s>",
      "Envoy's idle time-out of streams for which no route sets one",
      decimal(0.001),
      300,
    )
    .option(
      "--drain-time <s>",
      "at the end, for requests that wait and that no other replica takes over",
      decimal(0),
      60,
    )
    .option(
      "--otlp-endpoint <url>",
      "OpenTelemetry collector that gets a span of each picked request, as http://host:4318",
      collectorUrl,
    )
    .addOption(
      new Option("--log-level <level>", "least level of the log")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .option("--json", "log lines as JSON", false)
    .addOption(new Option("--access-log-flush <s>").argParser(decimal(0.001)).default(5).hideHelp())
    .addOption(new Option("--regex-max-program-size <n>").argParser(integer(1)).default(10_000).hideHelp())
    .addOption(new Option("--authority-life <s>").argParser(decimal(1)).hideHelp())
    .addOption(new Option("--certificate-life <s>").argParser(decimal(1)).hideHelp())
    .addOption(new Option("--trust-overlap <s>").argParser(decimal(0)).hideHelp())
    .addOption(new Option("--conformance").default(false).hideHelp())
    .addOption(new Option("--test-hooks").default(false).hideHelp())
    .addHelpText("after", examples)
    .action(async (flags: ServeFlags) => {
      const config = serveConfig(flags, process.env);
      if (flags.dryRun) {
        const { dryRun } = await import("../serve/dry-run.ts");
        process.exitCode = await dryRun(config);
      } else process.exitCode = await runServe(config);
    });
}

const examples = `
Examples:
  kubectl apply --server-side -f manifests/install.yaml    runs it in the cluster
  ante serve --dry-run                                     what it would write with the current kubeconfig`;

function serveConfig(flags: ServeFlags, env: NodeJS.ProcessEnv): ServeConfig {
  const pod = env["POD_NAME"];
  const namespace = flags.namespace ?? env["POD_NAMESPACE"] ?? usualNamespace;
  const address = flags.advertiseAddress ?? env["POD_IP"] ?? (flags.dryRun ? "127.0.0.1" : undefined);
  if (address === undefined) {
    throw new UsageError(
      "Cannot tell proxies where this replica is: outside a Pod name its address with --advertise-address, and where they find the owner with --xds-host",
    );
  }
  return Object.freeze({
    ...(flags.kubeconfig !== undefined && { kubeconfig: flags.kubeconfig }),
    ...(flags.context !== undefined && { context: flags.context }),
    namespace,
    watched: flags.watchNamespace,
    identity: pod ?? `${hostname()}-${process.pid}`,
    ...(pod !== undefined && { pod }),
    address,
    // The final dot keeps resolvers from trying search domains first.
    xdsHost: flags.xdsHost ?? `antechamber.${namespace}.svc.${flags.clusterDomain}.`,
    ports: { xds: flags.xdsPort, picker: flags.pickerPort },
    controllerName: flags.controllerName,
    takeOver: flags.takeOver,
    images: {
      own: flags.image ?? env["ANTE_IMAGE"] ?? `antechamber:${version}`,
      ...(flags.envoyImage !== undefined && { envoy: flags.envoyImage }),
    },
    clusterDomain: flags.clusterDomain,
    admin: { host: flags.adminHost, port: flags.adminPort },
    log: { level: flags.logLevel, json: flags.json, colour: false },
    streamIdleTimeoutMs: flags.streamIdleTimeout * 1000,
    accessLogFlushMs: flags.accessLogFlush * 1000,
    regexMaxProgramSize: flags.regexMaxProgramSize,
    drainMs: flags.drainTime * 1000,
    trustTimes: {
      ...(flags.authorityLife !== undefined && { authorityMs: flags.authorityLife * 1000 }),
      ...(flags.certificateLife !== undefined && { certificateMs: flags.certificateLife * 1000 }),
      ...(flags.trustOverlap !== undefined && { overlapMs: flags.trustOverlap * 1000, lookMs: 1000 }),
    },
    ...(flags.otlpEndpoint !== undefined && { otlpEndpoint: flags.otlpEndpoint }),
    conformance: flags.conformance,
    testHooks: flags.testHooks,
  });
}

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
