/** An OpenTelemetry collector that a test reads: OTLP over HTTP, in JSON. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Span } from "../../src/picker/tracing/span.ts";

export class Collector {
  readonly spans: Span[] = [];
  /** Bodies as they came. */
  readonly bodies: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (piece: string) => {
        body += piece;
      });
      request.on("end", () => {
        if (request.url !== "/v1/traces" || request.headers["content-type"] !== "application/json") {
          response.writeHead(404).end();
          return;
        }
        this.bodies.push(body);
        const { resourceSpans } = JSON.parse(body) as {
          readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
        };
        for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) this.spans.push(...spans);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((done) => collector.#server.listen(0, "127.0.0.1", done));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

export function attributesOf({ attributes }: Span): Readonly<Record<string, string>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value).join()]));
}
