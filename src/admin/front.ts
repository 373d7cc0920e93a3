/**
 * The admin port, in the supervising thread: answers /livez itself, so that a dead worker never fails it, and passes
 * every other question on to the control worker. Reads no configuration; small enough never to fail.
 *
 *     browser, kubelet, curl --TCP--> front --Unix socket--> server.ts in the control worker
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../observe/log.ts";
import { refuseStranger } from "./host-guard.ts";

export interface AdminFrontOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where the control worker's admin API listens, when it runs. */
  readonly socket: string;
  readonly log: Log;
}

export interface AdminFront {
  readonly url: string;
  stop(): Promise<void>;
}

/** For an answer of the control worker to begin; a rebuild may keep its thread busy for a while. */
const answerLimitMs = 30_000;

export async function startAdminFront(options: AdminFrontOptions): Promise<AdminFront> {
  const { host, port, socket, log } = options;
  const server = createServer((asked, answer) => handle(asked, answer, socket));
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new Error(explainListen(host, port, error))));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  server.on("error", (error) => log.error({ error: error.message }, "The admin port failed"));
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function handle(asked: IncomingMessage, answer: ServerResponse, socket: string): void {
  const refused = refuseStranger({ host: asked.headers.host, origin: asked.headers.origin });
  if (refused !== undefined) return fail(answer, 403, refused);
  if (asked.method !== "GET" && asked.method !== "HEAD") {
    answer.setHeader("allow", "GET, HEAD");
    return fail(answer, 405, `Cannot ${asked.method} ${asked.url}: the admin API only reads`);
  }
  if (asked.url === "/livez" || asked.url?.startsWith("/livez?")) {
    answer.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("ok\n");
    return;
  }
  passOn(asked, answer, socket);
}

function passOn(asked: IncomingMessage, answer: ServerResponse, socket: string): void {
  const { accept } = asked.headers;
  const onward = request(
    {
      socketPath: socket,
      method: asked.method,
      path: asked.url,
      agent: false,
      headers: { host: "localhost", ...(accept !== undefined && { accept }) },
    },
    (given) => {
      onward.setTimeout(0);
      answer.writeHead(given.statusCode ?? 502, withoutHopHeaders(given.headers));
      given.on("error", () => answer.destroy());
      given.pipe(answer);
    },
  );
  onward.setTimeout(answerLimitMs, () => onward.destroy(new Error(`no answer within ${answerLimitMs / 1000} s`)));
  onward.on("error", (error: NodeJS.ErrnoException) => {
    if (answer.headersSent) answer.destroy();
    else fail(answer, 503, `Cannot ask the control worker: ${explainDown(error)}`);
  });
  answer.on("close", () => onward.destroy());
  onward.end();
}

/** https://datatracker.ietf.org/doc/html/rfc9110#section-7.6.1 */
function withoutHopHeaders(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...kept } = headers;
  return kept;
}

function explainDown(error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT" || error.code === "ECONNREFUSED" ? "it is starting or restarting" : error.message;
}

function fail(answer: ServerResponse, status: number, message: string): void {
  const headers = { "content-type": "application/json", ...(status === 503 && { "retry-after": "1" }) };
  answer.writeHead(status, headers).end(`${JSON.stringify({ error: message })}\n`);
}

function explainListen(host: string, port: number, error: NodeJS.ErrnoException): string {
  const cannot = `Cannot listen on ${host}:${port} for the admin API`;
  if (error.code === "EADDRINUSE")
    return `${cannot}: the port is in use, perhaps by another ante; give it another one with --admin-port`;
  if (error.code === "EACCES")
    return `${cannot}: this user lacks the right; give it a port from 1024 on with --admin-port`;
  return `${cannot}: ${error.message}`;
}
