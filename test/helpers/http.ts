import { Agent, createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Absent: loopback. */
  readonly host?: string;
}

/** One request on a connection of its own. */
export function http(
  port: number,
  path: string,
  { method = "GET", headers = {}, body, host = "127.0.0.1" }: HttpRequest = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const options = { host, port, path, method, headers, agent: new Agent() };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

export function httpGet(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return http(port, path, { headers });
}

export function postJson(
  port: number,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  host = "127.0.0.1",
): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const json = { "content-type": "application/json", ...headers };
  return http(port, path, { method: "POST", body: text, headers: json, host });
}

/** What a server of `startEcho` saw. */
export interface Seen {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

export interface Echo {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** A server that answers with what it saw, as JSON; `x-hold-ms` says how long after the headers. */
export async function startEcho(name: string): Promise<Echo> {
  const server: Server = createServer((incoming, response) => {
    let bodyBytes = 0;
    incoming.on("data", (chunk: Buffer) => (bodyBytes += chunk.length));
    incoming.on("end", () => {
      const seen = { server: name, method: incoming.method, path: incoming.url, headers: incoming.headers, bodyBytes };
      response.setHeader("content-type", "application/json");
      response.flushHeaders();
      setTimeout(() => response.end(JSON.stringify(seen)), Number(incoming.headers["x-hold-ms"] ?? 0));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const stop = (): Promise<void> =>
    new Promise((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
  return { port: (server.address() as AddressInfo).port, stop };
}

export function seenIn(answer: Answer): Seen {
  if (answer.status !== 200) throw new Error(`Cannot read what a server saw: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as Seen;
}
