/**
 * A simulated model server: vLLM's OpenAI API, metrics and queueing behaviour over the engine of this folder. It reads
 * HTTP requests, produces answers at the speed of its capacity, and owns its engine, its metrics and its faults.
 *
 *   HTTP --body--> api/ (checked request) --> generation --> engine --tokens--> api/ (events) --> HTTP
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../lib/clock.ts";
import { type ApiError, badRequest, errorBody } from "./api/errors.ts";
import { type ApiKind, type ModelNames, readGenerationRequest } from "./api/generation-request.ts";
import { modelsBody } from "./api/models.ts";
import type { Capacity } from "./capacity.ts";
import { Engine, type EngineStats } from "./engine.ts";
import { type Faults, readFaults } from "./faults.ts";
import { runGeneration } from "./generation.ts";
import { type MetricsDialect, pageIn } from "./metrics-dialects.ts";
import type { MetricsVersion } from "./metrics-page.ts";
import { RequestMetrics } from "./request-metrics.ts";

export interface SimServerOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly models: ModelNames;
  readonly capacity: Capacity;
  readonly metricsVersion: MetricsVersion;
  /** Absent: vLLM's. */
  readonly metricsDialect?: MetricsDialect;
  /** Where an answer ends by itself; undefined: where the request's limit is. */
  readonly answerTokens: number | undefined;
  readonly faults: Faults;
}

export interface SimServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  stats(): EngineStats;
  setFaults(faults: Faults): void;
  stop(): Promise<void>;
}

/** Rejects with the error of `listen` when the address cannot be had. */
export async function startSimServer(options: SimServerOptions): Promise<SimServer> {
  const handlers = new Handlers(options);
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) =>
    handlers.handle(request, response),
  );
  await listen(server, options.host, options.port);
  const { address, port } = server.address() as AddressInfo;
  let cancelRefusal: (() => void) | undefined;
  handlers.onRefuse = (refuseMs) => {
    void close(server);
    cancelRefusal = options.clock.after(refuseMs, () => server.listen(port, options.host));
  };
  return {
    host: address,
    port,
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    stats: () => handlers.engine.stats(),
    setFaults: (faults) => handlers.setFaults(faults),
    async stop() {
      cancelRefusal?.();
      handlers.engine.stop();
      await close(server);
    },
  };
}

class Handlers {
  readonly engine: Engine;
  onRefuse: (refuseMs: number) => void = () => {};
  readonly #options: SimServerOptions;
  readonly #metrics = new RequestMetrics();
  readonly #created: number;
  readonly #maxModelTokens: number;
  #faults: Faults;

  constructor(options: SimServerOptions) {
    const { kvBlocks, blockSize, maxModelTokens } = options.capacity;
    this.#options = options;
    this.#created = Math.floor(options.clock.wallMs() / 1_000);
    this.#maxModelTokens = Math.min(maxModelTokens, kvBlocks * blockSize);
    this.engine = new Engine(options.clock, options.capacity);
    this.#faults = options.faults;
    this.engine.slowness = options.faults.slowness ?? 1;
  }

  setFaults(faults: Faults): void {
    this.#faults = faults;
    this.engine.slowness = faults.slowness ?? 1;
    if (faults.refuseMs !== undefined) this.onRefuse(faults.refuseMs);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split("?", 1)[0];
    switch (`${request.method} ${path}`) {
      case "POST /v1/completions":
        return readBody(request, (body) => this.#generate("completion", body, request, response));
      case "POST /v1/chat/completions":
        return readBody(request, (body) => this.#generate("chat", body, request, response));
      case "GET /v1/models":
        return json(response, 200, modelsBody(this.#options.models, this.#maxModelTokens, this.#created));
      case "GET /health":
      case "GET /ping":
        return json(response, 200, "");
      case "GET /version":
        return json(response, 200, JSON.stringify({ version: `${this.#options.metricsVersion}-sim` }));
      case "GET /metrics":
        return this.#serveMetrics(response);
      case "GET /sim/stats":
        return json(response, 200, JSON.stringify(this.engine.stats()));
      case "POST /sim/fault":
        return readBody(request, (body) => this.#changeFaults(body, response));
      default:
        request.resume();
        return refuse(response, { status: 404, type: "NotFoundError", message: "Not Found" });
    }
  }

  #generate(kind: ApiKind, body: string, request: IncomingMessage, response: ServerResponse): void {
    const { clock, models, answerTokens, newId } = this.#options;
    const { status, dieAfterTokens } = this.#faults;
    if (status !== undefined) {
      return refuse(response, {
        status,
        type: "InternalServerError",
        message: "The engine failed, as it was told to.",
      });
    }
    const read = readGenerationRequest(kind, body, { models, maxModelTokens: this.#maxModelTokens, answerTokens });
    if (!read.ok) return refuse(response, read.error);
    const asked = request.headers["x-request-id"];
    const id = typeof asked === "string" ? asked : newId();
    runGeneration(id, read.value, response, { clock, engine: this.engine, metrics: this.#metrics, dieAfterTokens });
  }

  #serveMetrics(response: ServerResponse): void {
    const { metricsVersion, metricsDialect = "vllm", models, capacity, clock } = this.#options;
    const type = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    switch (this.#faults.metrics) {
      case "hang":
        return;
      case "error":
        return refuse(response, { status: 500, type: "InternalServerError", message: "No metrics, as told." });
      case "foreign":
        response.writeHead(200, type).end("# TYPE other_requests gauge\nother_requests 1\n");
        return;
      case undefined:
    }
    const page = pageIn(metricsDialect, {
      version: metricsVersion,
      model: models.base,
      stats: this.engine.stats(),
      blockSize: capacity.blockSize,
      kvBlocks: capacity.kvBlocks,
      maxLoras: models.loras.length > 0 ? capacity.maxLoras : undefined,
      prefixCaching: capacity.prefixCaching,
      nowSeconds: clock.wallMs() / 1_000,
      histograms: this.#metrics.histograms,
    });
    response.writeHead(200, type).end(page);
  }

  #changeFaults(body: string, response: ServerResponse): void {
    const faults = readFaults(body);
    if (typeof faults === "string") return refuse(response, badRequest(faults));
    response.writeHead(204, { connection: "close" }).end(() => this.setFaults(faults));
  }
}

function readBody(request: IncomingMessage, onBody: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => onBody(Buffer.concat(chunks).toString()));
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function refuse(response: ServerResponse, error: ApiError): void {
  json(response, error.status, errorBody(error));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
