/** Clients that ask without pause until they are stopped, and what they were answered. */
import { Agent, request } from "node:http";

export interface TrafficOptions {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body makes it a POST of JSON. */
  readonly body?: string;
  /** Requests at the same time. */
  readonly clients?: number;
}

export class Traffic {
  answered = 0;
  /** What was no 2xx, in words. */
  readonly failures: string[] = [];
  readonly #options: TrafficOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: readonly Promise<void>[];
  #stopped = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#clients = Array.from({ length: options.clients ?? 4 }, () => this.#run());
  }

  /** Resolves once every request that was begun is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const outcome = await this.#ask();
      this.answered++;
      if (!/^2\d\d /.test(outcome)) this.failures.push(outcome);
    }
  }

  #ask(): Promise<string> {
    const { port, path, headers, body } = this.#options;
    return new Promise((resolve) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port,
          path,
          agent: this.#agent,
          method: body === undefined ? "GET" : "POST",
          headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", (error) => resolve(error.message));
          incoming.on("end", () => resolve(`${incoming.statusCode} ${Buffer.concat(chunks).toString().slice(0, 200)}`));
        },
      );
      outgoing.on("error", (error) => resolve(error.message));
      outgoing.end(body);
    });
  }
}
