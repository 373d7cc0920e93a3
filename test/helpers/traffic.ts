/** Clients that ask, one request after the other, until they are stopped, and what they were answered. */
import { Agent, request } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";

export interface TrafficOptions {
  /** Absent: loopback. */
  readonly host?: string;
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body makes it a POST of JSON. */
  readonly body?: string;
  /** The host that is asked for in the handshake, where there is one; any certificate is taken. */
  readonly sni?: string;
  /** Each request has a connection of its own. */
  readonly connectAlways?: boolean;
  /** Requests at the same time. */
  readonly clients?: number;
  /** Between an answer and the client's next request. */
  readonly pauseMs?: number;
}

export class Traffic {
  answered = 0;
  /** What was no 2xx, in words. */
  readonly failures: string[] = [];
  readonly #options: TrafficOptions;
  readonly #agent: Agent;
  readonly #clients: readonly Promise<void>[];
  #stopped = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const keepAlive = options.connectAlways !== true;
    this.#agent = options.sni === undefined ? new Agent({ keepAlive }) : new TlsAgent({ keepAlive });
    this.#clients = Array.from({ length: options.clients ?? 4 }, () => this.#run());
  }

  /** Resolves once every request that was begun is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    const { pauseMs } = this.#options;
    while (!this.#stopped) {
      const outcome = await this.#ask();
      this.answered++;
      if (!/^2\d\d /.test(outcome)) this.failures.push(outcome);
      if (pauseMs !== undefined) await pause(pauseMs);
    }
  }

  #ask(): Promise<string> {
    const { host = "127.0.0.1", port, path, headers, body, sni } = this.#options;
    const send = sni === undefined ? request : requestTls;
    return new Promise((resolve) => {
      const outgoing = send(
        {
          ...(sni !== undefined && { servername: sni, rejectUnauthorized: false }),
          host,
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
