/**
 * How an API server is reached and who asks: kubeconfig, ServiceAccount, exec plugins. client-node reads them; nothing
 * else of it is used. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import type { Agent, RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/message-of.ts";

export interface ConnectionOptions {
  /** Absent: $KUBECONFIG, ~/.kube/config, then the Pod's ServiceAccount. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly clock: Clock;
}

/** What a request needs beside its path: never logged. */
export interface Credentials {
  readonly tls: Pick<RequestOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the kubeconfig names a proxy. */
  readonly proxy: Agent | undefined;
}

export interface Connection {
  readonly server: URL;
  /** Of the context or of the ServiceAccount. */
  readonly namespace: string;
  credentials(): Promise<Credentials>;
  /** They were refused: whatever has rotated is read again. */
  forget(): void;
}

/** Tokens of ServiceAccounts are renewed long before they end, those of exec plugins say when. */
const keepMs = 20_000;

export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  let config = load(new KubeConfig(), options);
  const server = serverOf(config, options);
  const namespace = config.getContextObject(config.currentContext)?.namespace?.trim() || "default";
  let kept: { readonly credentials: Promise<Credentials>; readonly untilMs: number } | undefined;
  return {
    server,
    namespace,
    credentials() {
      const nowMs = options.clock.monotonicMs();
      if (kept === undefined || nowMs >= kept.untilMs)
        kept = { credentials: credentialsOf(config), untilMs: nowMs + keepMs };
      const { credentials } = kept;
      // What failed is tried again at the next call.
      credentials.catch(() => {
        if (kept?.credentials === credentials) kept = undefined;
      });
      return credentials;
    },
    forget() {
      kept = undefined;
      try {
        config = load(new KubeConfig(), options);
      } catch {
        // A kubeconfig that is being written: the earlier one stays.
      }
    },
  };
}

function load(config: KubeConfig, { kubeconfig, context }: ConnectionOptions): KubeConfig {
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const named = kubeconfig ?? "of $KUBECONFIG or ~/.kube/config";
    throw new Error(`Cannot read kubeconfig ${named}: ${firstLineOf(error)}; use --kubeconfig`);
  }
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new Error(
        `Cannot use context "${context}": the kubeconfig has ${known.join(", ") || "none"}; use --context`,
      );
    config.setCurrentContext(context);
  }
  // client-node refuses plain HTTP otherwise; there is no certificate that could be left unchecked.
  config.clusters = config.clusters.map((one) =>
    one.server.startsWith("http:") ? { ...one, skipTLSVerify: true } : one,
  );
  return config;
}

function serverOf(config: KubeConfig, { kubeconfig }: ConnectionOptions): URL {
  const server = config.getCurrentCluster()?.server;
  // What client-node makes up where it finds no configuration at all.
  const isMadeUp = kubeconfig === undefined && config.currentContext === "loaded-context" && server === defaultServer;
  if (server === undefined || isMadeUp)
    throw new Error(
      "Cannot find an API server: there is no kubeconfig with a current context, and this is no Pod with a ServiceAccount; use --kubeconfig and --context",
    );
  if (!URL.canParse(server)) throw new Error(`Cannot use API server ${JSON.stringify(server)}: not a URL`);
  return new URL(server);
}

const defaultServer = "http://localhost:8080";

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new Error(`Cannot get credentials for the API server: ${firstLineOf(error)}`);
  }
  const { ca, cert, key, servername, rejectUnauthorized, auth } = options;
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()]),
  );
  const basic = typeof auth !== "string" ? {} : { Authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
    headers: { ...headers, ...basic },
    proxy: config.getCurrentCluster()?.proxyUrl === undefined ? undefined : (options.agent as Agent),
  };
}

/** Of the first line alone: exec plugins print much, and a parser quotes what it could not read. */
function firstLineOf(error: unknown): string {
  return messageOf(error).split("\n", 1)[0] ?? "";
}
