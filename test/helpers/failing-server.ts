import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What one attempt gets: a status, or nothing for so long, or a connection that breaks. */
export type Attempt = number | { readonly silentMs: number } | "reset";

/** A server that treats its first requests as told, and answers the others with its name. */
export class FailingServer {
  readonly name: string;
  /** Consumed from the front, one for each request. */
  attempts: Attempt[] = [];
  received = 0;
  readonly #server: Server;

  private constructor(name: string) {
    this.name = name;
    this.#server = createServer((request, response) => {
      this.received++;
      const attempt = this.attempts.shift();
      if (attempt === "reset") {
        request.socket.destroy();
        return;
      }
      request.resume();
      request.on("end", () => {
        if (typeof attempt === "number") response.writeHead(attempt);
        const wait = typeof attempt === "object" ? attempt.silentMs : 0;
        const timer = setTimeout(() => response.end(this.name), wait);
        response.once("close", () => clearTimeout(timer));
      });
    });
  }

  static async start(name: string): Promise<FailingServer> {
    const server = new FailingServer(name);
    await new Promise<void>((done) => server.#server.listen(0, "127.0.0.1", done));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
