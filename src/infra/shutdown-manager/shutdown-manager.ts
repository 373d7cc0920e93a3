/**
 * Beside an Envoy in its Pod: drains it when the Pod ends, since Envoy's image has no shell that could. Reads Envoy's
 * count of requests in progress; owns a port with two paths, those of Envoy Gateway:
 *
 *   /healthz          200
 *   /shutdown/ready   answers when the drain is over, 500 when the time for it is; Envoy's preStop waits for it
 *
 * The drain begins with SIGTERM to this process, not with a request: the port is open to the cluster, and a request
 * from it must not take a proxy out of service.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import { type Drained, type DrainTimes, drain } from "./drain.ts";
import type { DrainedEnvoy } from "./envoy-admin.ts";

export interface ShutdownManagerOptions {
  readonly envoy: DrainedEnvoy;
  readonly clock: Clock;
  readonly times: DrainTimes;
  /** How long /shutdown/ready waits. */
  readonly readyMs: number;
  readonly port: number;
  /** Absent: all addresses. */
  readonly host?: string;
  readonly say: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

export interface ShutdownManager {
  readonly port: number;
  /** Drains Envoy, answers those that wait, and ends. Calls after the first change nothing. */
  shutDown(): Promise<void>;
  close(): Promise<void>;
}

/** Without anybody who waits, this much later all is over: Envoy's preStop may be a moment behind. */
const lateMs = 5_000;
const mostConnections = 100;

export async function startShutdownManager(options: ShutdownManagerOptions): Promise<ShutdownManager> {
  const { clock, readyMs, port, host } = options;
  const waiting = new Set<ServerResponse>();
  let ended: Drained | undefined;
  let hasAnswered = false;
  let over: Promise<void> | undefined;

  const answer = (response: ServerResponse, status: number): void => {
    waiting.delete(response);
    hasAnswered = true;
    response.writeHead(status, { connection: "close" }).end();
  };
  const awaitReady = (response: ServerResponse): void => {
    if (ended !== undefined) return answer(response, 200);
    waiting.add(response);
    const cancel = clock.after(readyMs, () => answer(response, 500));
    response.on("close", () => {
      cancel();
      waiting.delete(response);
    });
  };
  const server = createServer((request, response) => {
    response.on("error", () => waiting.delete(response));
    if (request.url === "/healthz") response.writeHead(200).end("OK\n");
    else if (request.url === "/shutdown/ready") awaitReady(response);
    else response.writeHead(404).end();
  });
  server.maxConnections = mostConnections;
  // A request that waits for the end of a drain is no idle one.
  server.requestTimeout = 0;
  server.timeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

  const close = async (): Promise<void> => {
    for (const response of waiting) answer(response, 500);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await closed;
  };
  const shutDown = async (): Promise<void> => {
    ended = await drainAndSay(options);
    for (const response of [...waiting]) answer(response, 200);
    if (!hasAnswered) await new Promise<void>((resolve) => clock.after(lateMs, resolve));
    await close();
  };
  return {
    port: (server.address() as AddressInfo).port,
    shutDown: () => (over ??= shutDown()),
    close,
  };
}

async function drainAndSay({ envoy, clock, times, say }: ShutdownManagerOptions): Promise<Drained> {
  let last: number | undefined;
  say({ ...times }, "drain begins");
  const outcome = await drain({
    envoy,
    clock,
    times,
    onActive(requests) {
      if (requests !== last) say({ requests }, "requests in progress");
      last = requests;
    },
    onTrouble: (problem) => say({ problem }, "cannot ask Envoy, which is asked again"),
  });
  say({ outcome }, "drain ends");
  return outcome;
}
