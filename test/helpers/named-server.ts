import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Treat = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers with its name, unless a test gives it something else to do. */
export class NamedServer {
  readonly name: string;
  treat: Treat;
  /** Connections that it accepted. */
  connections = 0;
  readonly #server: Server;

  private constructor(name: string) {
    this.name = name;
    this.treat = this.answer;
    this.#server = createServer((request, response) => this.treat(request, response));
    this.#server.on("connection", () => this.connections++);
  }

  readonly answer: Treat = (request, response) => {
    request.resume();
    request.on("end", () => response.end(this.name));
  };

  static async start(name: string): Promise<NamedServer> {
    const server = new NamedServer(name);
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
