import { request } from "node:http";

export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
}

export interface EnvoyAdmin {
  /** Initialised: it has had a first answer for its listeners and clusters. */
  isLive(): Promise<boolean>;
  /** Ports of the listeners that accept connections. */
  listeningPorts(): Promise<readonly number[]>;
  /** Requests in progress, those of the admin interface not counted. */
  activeRequests(): Promise<number>;
  /** Answers from then on ask clients to close their connections. */
  failHealthChecks(): Promise<void>;
  /** Closes the listening sockets; connections that exist go on. */
  stopListening(): Promise<void>;
  /** Prometheus text. */
  metrics(): Promise<string>;
  get(path: string): Promise<AdminAnswer>;
}

/** Envoy's admin interface over its Unix socket. https://www.envoyproxy.io/docs/envoy/v1.40.0/operations/admin */
export function createEnvoyAdmin(socket: string, timeoutMs = 5000): EnvoyAdmin {
  const get = (path: string): Promise<AdminAnswer> => call({ socket, method: "GET", path, timeoutMs });
  const post = async (path: string): Promise<void> => {
    expectOk(path, await call({ socket, method: "POST", path, timeoutMs }));
  };
  return {
    get,
    isLive: async () => (await get("/ready")).status === 200,
    listeningPorts: async () => readPorts(expectOk("/listeners", await get("/listeners?format=json"))),
    activeRequests: async () => {
      const path = "/stats?format=json&type=Gauges&filter=%5Ehttp%5C..*%5C.downstream_rq_active%24";
      return readActiveRequests(expectOk("/stats", await get(path)));
    },
    failHealthChecks: () => post("/healthcheck/fail"),
    stopListening: () => post("/drain_listeners"),
    metrics: async () => expectOk("/stats/prometheus", await get("/stats/prometheus")),
  };
}

export function readPorts(body: string): readonly number[] {
  const { listener_statuses = [] } = JSON.parse(body) as {
    readonly listener_statuses?: readonly {
      readonly local_address?: { readonly socket_address?: { readonly port_value?: number } };
    }[];
  };
  return listener_statuses.flatMap(({ local_address }) => local_address?.socket_address?.port_value ?? []);
}

export function readActiveRequests(body: string): number {
  const { stats = [] } = JSON.parse(body) as {
    readonly stats?: readonly { readonly name?: string; readonly value?: number }[];
  };
  return stats
    .filter(({ name }) => name !== "http.admin.downstream_rq_active")
    .reduce((sum, { value }) => sum + (value ?? 0), 0);
}

function expectOk(path: string, { status, body }: AdminAnswer): string {
  if (status !== 200) throw new Error(`Cannot use Envoy's admin interface: ${path} answered ${status}`);
  return body;
}

function call(options: {
  readonly socket: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<AdminAnswer> {
  const { socket, method, path, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: socket, method, path, agent: false, headers: { host: "envoy" } },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString("utf8") }),
        );
      },
    );
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer to ${path} within ${timeoutMs} ms`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
