/** A model server that a test controls: it keeps what it was asked and answers when the test says so. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Ends the answer, which is empty JSON unless something else is given. */
  answer(body?: string): void;
  /** A piece of a streamed answer, which `answer` ends. */
  write(piece: string): void;
  /** Breaks the connection. */
  destroy(): void;
}

export interface StubServerOptions {
  /** Requests are answered at once; false: when the test says so. */
  readonly answerAtOnce?: boolean;
  /** How many requests it can run, by its metrics: with so many running it says that its cache is full. */
  readonly room?: number;
  /** What it answers to a scrape: a page of vLLM's, a page of something else, or 404. */
  readonly metrics?: "vllm" | "foreign" | "none";
  /** Tokens of KV cache, by its metrics. */
  readonly cacheTokens?: number;
  /** An address of this machine; loopback unless told otherwise. */
  readonly host?: string;
  /** 0: a free one. */
  readonly port?: number;
}

export class StubServer {
  readonly received: ReceivedRequest[] = [];
  /** Requests of the load path that have not ended. */
  running = 0;
  /** The most that ever ran at once. */
  peak = 0;
  /** Bytes of bodies that arrived, also of requests that are not whole yet. */
  bytesIn = 0;
  scrapes = 0;
  answerAtOnce: boolean;
  readonly #options: StubServerOptions;
  readonly #server: Server;

  private constructor(options: StubServerOptions) {
    this.answerAtOnce = options.answerAtOnce ?? true;
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      if (request.url === "/metrics") {
        this.scrapes++;
        this.#scraped(response);
        return;
      }
      const chunks: Buffer[] = [];
      request.on("error", () => {});
      request.on("data", (chunk: Buffer) => {
        this.bytesIn += chunk.length;
        chunks.push(chunk);
      });
      request.on("end", () =>
        this.#receive(
          {
            path: request.url ?? "",
            method: request.method ?? "",
            headers: request.headers,
            trailers: request.trailers,
            body: Buffer.concat(chunks).toString(),
          },
          response,
        ),
      );
    });
  }

  static async start(options: StubServerOptions = {}): Promise<StubServer> {
    const stub = new StubServer(options);
    await new Promise<void>((done) => stub.#server.listen(options.port ?? 0, options.host ?? "127.0.0.1", done));
    return stub;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers all that waits for an answer. */
  answerAll(): void {
    for (const request of this.received) request.answer();
  }

  /** Breaks all connections and refuses new ones. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((done) => this.#server.close(done));
  }

  #receive(request: Omit<ReceivedRequest, "answer" | "write" | "destroy">, response: ServerResponse): void {
    this.running++;
    this.peak = Math.max(this.peak, this.running);
    response.once("close", () => this.running--);
    const answer = (body?: string): void => {
      if (response.writableEnded) return;
      if (!response.headersSent) response.setHeader("content-type", "application/json");
      response.end(body ?? (response.headersSent ? "" : '{"choices":[{"text":"ok"}]}'));
    };
    const write = (piece: string): void => {
      if (!response.headersSent) response.setHeader("content-type", "text/event-stream");
      response.write(piece);
    };
    this.received.push({ ...request, answer, write, destroy: () => response.destroy() });
    if (this.answerAtOnce) answer();
  }

  #scraped(response: ServerResponse): void {
    const { metrics = "vllm" } = this.#options;
    if (metrics === "none") response.writeHead(404).end();
    else response.end(metrics === "vllm" ? this.#vllmPage() : "process_cpu_seconds_total 1\n");
  }

  #vllmPage(): string {
    const { room = 1_000, cacheTokens } = this.#options;
    return [
      `vllm:num_requests_running{model_name="m"} ${this.running}`,
      `vllm:num_requests_waiting{model_name="m"} 0`,
      `vllm:kv_cache_usage_perc{model_name="m"} ${Math.min(1, this.running / room)}`,
      ...(cacheTokens === undefined
        ? []
        : [`vllm:cache_config_info{block_size="16",num_gpu_blocks="${cacheTokens / 16}"} 1`]),
      "",
    ].join("\n");
  }
}
