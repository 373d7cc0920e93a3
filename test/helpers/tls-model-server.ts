/** A model server behind TLS, with room for whatever comes; "plain": one without, "h2": one that speaks HTTP/2 only. */
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerResponse,
} from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { TestCertificate } from "./certificates.ts";

const page = `sglang:num_running_reqs 0
sglang:num_queue_reqs 0
sglang:token_usage 0.0
sglang:cache_config_info{num_pages="90000",page_size="1"} 1.0
`;

type Spoken = "tls" | "plain" | "h2";

export class TlsModelServer {
  /** What it was asked to complete: "<HTTP version> <what SNI asked for>". */
  readonly completions: string[] = [];
  scrapes = 0;
  readonly #server: Server | PlainServer | Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  private constructor(spoken: Spoken, { certificate, key }: TestCertificate) {
    const answer = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) =>
      this.#answer(request, response);
    const pair = { cert: certificate, key };
    this.#server =
      spoken === "plain"
        ? createPlain(answer)
        : spoken === "h2"
          ? createSecureServer(pair, answer)
          : createServer(pair, answer);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(certificate: TestCertificate, spoken: Spoken = "tls"): Promise<TlsModelServer> {
    const made = new TlsModelServer(spoken, certificate);
    await new Promise<void>((done) => made.#server.listen(0, "127.0.0.1", done));
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For connections that come. */
  show({ certificate, key }: TestCertificate): void {
    (this.#server as Server).setSecureContext({ cert: certificate, key });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #answer(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
    if (request.url === "/metrics") {
      this.scrapes++;
      response.end(page);
      return;
    }
    const { servername } = request.socket as Partial<TLSSocket>;
    this.completions.push(`${request.httpVersion} ${String(servername)}`);
    request.resume();
    // Some run while a test changes something.
    request.on("end", () => setTimeout(() => response.end("{}"), 20));
  }
}
