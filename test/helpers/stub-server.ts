/** A model server that a test controls: it keeps what it was asked and answers when the test says so. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Ends the answer, which is empty JSON unless something else is given. */
  answer(body?: string): void;
  /** Breaks the connection. */
  destroy(): void;
}

export interface StubServerOptions {
  /** Requests are answered at once; false: when the test says so. */
  readonly answerAtOnce?: boolean;
  /** How many requests it can run, by its metrics: with so many running it says that its cache is full. */
  readonly room?: number;
}

export class StubServer {
  readonly received: ReceivedRequest[] = [];
  /** Requests of the load path that have not ended. */
  running = 0;
  scrapes = 0;
  answerAtOnce: boolean;
  readonly #room: number;
  readonly #server: Server;

  private constructor(options: StubServerOptions) {
    this.answerAtOnce = options.answerAtOnce ?? true;
    this.#room = options.room ?? 1_000;
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      if (request.url === "/metrics") {
        this.scrapes++;
        response.end(this.#metrics());
        return;
      }
      const chunks: Buffer[] = [];
      request.on("error", () => {});
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () =>
        this.#receive(
          {
            path: request.url ?? "",
            method: request.method ?? "",
            headers: request.headers,
            body: Buffer.concat(chunks).toString(),
          },
          response,
        ),
      );
    });
  }

  static async start(options: StubServerOptions = {}): Promise<StubServer> {
    const stub = new StubServer(options);
    await new Promise<void>((done) => stub.#server.listen(0, "127.0.0.1", done));
    return stub;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers all that waits for an answer. */
  answerAll(): void {
    for (const request of this.received) request.answer();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #receive(request: Omit<ReceivedRequest, "answer" | "destroy">, response: ServerResponse): void {
    this.running++;
    response.once("close", () => this.running--);
    const answer = (body = '{"choices":[{"text":"ok"}]}'): void => {
      if (!response.writableEnded) response.setHeader("content-type", "application/json").end(body);
    };
    this.received.push({ ...request, answer, destroy: () => response.destroy() });
    if (this.answerAtOnce) answer();
  }

  #metrics(): string {
    const use = Math.min(1, this.running / this.#room);
    return [
      `vllm:num_requests_running{model_name="m"} ${this.running}`,
      `vllm:num_requests_waiting{model_name="m"} 0`,
      `vllm:kv_cache_usage_perc{model_name="m"} ${use}`,
      "",
    ].join("\n");
  }
}
