/** The scenario's gateway with stub model servers behind it, and how a client asks it. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Ante } from "./ante.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./ports.ts";
import { scenarioFiles } from "./scenario.ts";
import { StubServer, type StubServerOptions } from "./stub-server.ts";

const poolFile = "inference-pool.yaml";

export interface TestGatewayOptions {
  readonly servers?: number;
  readonly stub?: StubServerOptions;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Further files, or others in the place of the scenario's; given the Gateway's port and those of the servers. */
  readonly files?: (ports: {
    readonly port: number;
    readonly servers: readonly number[];
  }) => Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

export class TestGateway {
  readonly ante: Ante;
  readonly port: number;
  readonly servers: readonly StubServer[];

  private constructor(ante: Ante, port: number, servers: readonly StubServer[]) {
    this.ante = ante;
    this.port = port;
    this.servers = servers;
  }

  static async start(options: TestGatewayOptions = {}): Promise<TestGateway> {
    const port = await freePort();
    const servers = await Promise.all(
      Array.from({ length: options.servers ?? 1 }, () => StubServer.start(options.stub)),
    );
    const ports = servers.map((server) => server.port);
    const files = {
      ...scenarioFiles({ port, servers: ports, ...(options.annotations && { annotations: options.annotations }) }),
      ...options.files?.({ port, servers: ports }),
    };
    try {
      const ante = await Ante.start({ files, args: options.args ?? [] });
      const gateway = new TestGateway(ante, port, servers);
      await gateway.serversReady();
      return gateway;
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()));
      throw error;
    }
  }

  /** Every model server's metrics are read, so that it may be given requests. */
  async serversReady(count = this.servers.length): Promise<void> {
    await eventually("every model server ready", async () => {
      const endpoints = await this.ante.api<readonly { readonly state: string }[]>("/api/v1/endpoints");
      return endpoints.filter(({ state }) => state === "ready").length >= count ? true : undefined;
    });
  }

  /** How many requests wait in the gateway. */
  async waiting(): Promise<number> {
    const queues = await this.ante.api<readonly { readonly waiting: number }[]>("/api/v1/queues");
    return queues.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  async waitingIs(count: number, timeoutMs = 10_000): Promise<void> {
    await eventually(`${count} requests waiting`, async () => ((await this.waiting()) === count ? true : undefined), {
      timeoutMs,
    });
  }

  /** Gives the pool these annotations beside its own; resolves once the picker goes by them. */
  async annotate(annotations: Readonly<Record<string, string>>): Promise<void> {
    const ports = this.servers.map((server) => server.port);
    const { [poolFile]: content } = scenarioFiles({ port: this.port, servers: ports, annotations });
    const told = this.ante.lines.length;
    this.ante.write(poolFile, String(content));
    await eventually("the pool's new annotations", () =>
      this.ante.lines.slice(told).some(({ msg, kind }) => msg === "effective" && kind === "InferencePool")
        ? true
        : undefined,
    );
  }

  /** Nothing runs on a model server, by the ledger. */
  async idle(timeoutMs = 10_000): Promise<void> {
    await eventually(
      "an empty ledger",
      async () => {
        const endpoints = await this.ante.api<readonly { readonly inFlight: number }[]>("/api/v1/endpoints");
        return endpoints.every(({ inFlight }) => inFlight === 0) ? true : undefined;
      },
      { timeoutMs },
    );
  }

  /** Sum of the samples of a metric whose labels contain `labels`; of Envoy's own with `path` "/metrics/envoy". */
  async metric(name: string, labels = "", path = "/metrics"): Promise<number> {
    const page = await (await fetch(new URL(path, this.ante.admin))).text();
    return page
      .split("\n")
      .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  completion(model: string, more: Readonly<Record<string, unknown>> = {}, options: AskOptions = {}): Promise<Answer> {
    const body = JSON.stringify({ model, prompt: "Say ok", max_tokens: 8, ...more });
    return this.ask({
      method: "POST",
      path: "/v1/completions",
      body,
      ...options,
      headers: { "content-type": "application/json", ...options.headers },
    });
  }

  ask({ method = "GET", path = "/", headers = {}, body, signal }: AskOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { host: "127.0.0.1", port: this.port, method, path, headers, agent: false, ...(signal && { signal }) },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    await this.ante.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
