import { request } from "node:http";
import { readyPrefix, statsPrefix } from "../../lib/stat-prefixes.ts";

/** Of Envoy's admin interface, what a drain needs. https://www.envoyproxy.io/docs/envoy/v1.40.0/operations/admin */
export interface DrainedEnvoy {
  /** From then on /ready says no, and answers ask clients to close their connections. */
  failHealthChecks(): Promise<void>;
  /** The listeners close after Envoy's drain time; it does not exit. */
  drainListeners(): Promise<void>;
  /** Requests of users in progress, waiting ones among them. */
  activeRequests(): Promise<number>;
}

/** Nobody listens there: Envoy has ended. */
export class EnvoyGone extends Error {}

const timeoutMs = 2_000;

export function envoyAdmin(address: { readonly host: string; readonly port: number }): DrainedEnvoy {
  const call = (method: "GET" | "POST", path: string): Promise<string> => ask({ ...address, method, path });
  return {
    async failHealthChecks() {
      await call("POST", "/healthcheck/fail");
    },
    async drainListeners() {
      await call("POST", "/drain_listeners?graceful&skip_exit");
    },
    activeRequests: async () =>
      readActiveRequests(
        await call("GET", "/stats?format=json&type=Gauges&filter=%5Ehttp%5C..*%5C.downstream_rq_active%24"),
      ),
  };
}

const notUsers: ReadonlySet<string> = new Set(
  ["admin", statsPrefix, readyPrefix].map((prefix) => `http.${prefix}.downstream_rq_active`),
);

export function readActiveRequests(body: string): number {
  const { stats = [] } = JSON.parse(body) as {
    readonly stats?: readonly { readonly name?: string; readonly value?: number }[];
  };
  return stats
    .filter(({ name }) => name !== undefined && !notUsers.has(name))
    .reduce((sum, { value }) => sum + (value ?? 0), 0);
}

function ask(options: {
  readonly host: string;
  readonly port: number;
  readonly method: "GET" | "POST";
  readonly path: string;
}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = request({ ...options, agent: false, timeout: timeoutMs }, (answer) => {
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => pieces.push(piece));
    answer.on("error", reject);
    answer.on("end", () => {
      if (answer.statusCode === 200) resolve(Buffer.concat(pieces).toString("utf8"));
      else reject(new Error(`Cannot use Envoy's admin interface: ${options.path} answered ${answer.statusCode ?? 0}`));
    });
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer to ${options.path} within ${timeoutMs} ms`)));
  outgoing.on("error", (error: NodeJS.ErrnoException) => {
    reject(error.code === "ECONNREFUSED" ? new EnvoyGone(error.message, { cause: error }) : error);
  });
  outgoing.end();
  return promise;
}
