import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Completion {
  readonly contentLength: string | undefined;
  readonly transferEncoding: string | undefined;
  readonly body: string;
}

/** Answers /metrics as an idle vLLM does, and completions when the test lets it. */
export class TinyModelServer {
  readonly completions: Completion[] = [];
  /** Completions are answered at once; else by `release`. */
  open = true;
  status = 200;
  readonly #server: Server;
  readonly #held: ServerResponse[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.url === "/metrics") {
        const page = `vllm:num_requests_running ${this.#held.length}\nvllm:num_requests_waiting 0\n`;
        response.end(
          `${page}vllm:kv_cache_usage_perc 0\nvllm:cache_config_info{block_size="16",num_gpu_blocks="6000"} 1\n`,
        );
        return;
      }
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.completions.push({
          contentLength: request.headers["content-length"],
          transferEncoding: request.headers["transfer-encoding"],
          body: Buffer.concat(chunks).toString(),
        });
        response.writeHead(this.status, { "content-type": "text/event-stream" });
        if (this.open) response.end("data: [DONE]\n\n");
        else {
          response.write("data: first\n\n");
          this.#held.push(response);
        }
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get running(): number {
    return this.#held.length;
  }

  listen(port = 0): Promise<void> {
    return new Promise((done) => this.#server.listen(port, "127.0.0.1", done));
  }

  /** Ends the oldest answers, all unless told how many. */
  release(count = this.#held.length): void {
    for (const response of this.#held.splice(0, count)) response.end("data: [DONE]\n\n");
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
