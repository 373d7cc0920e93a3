import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Clock } from "../../lib/clock.ts";
import { EventReader } from "./event-reader.ts";
import type { RequestOutcome } from "./record.ts";
import type { Target } from "./target.ts";

/** Sends requests to one target over connections that are kept. */
export interface Sender {
  send(body: string, signal: AbortSignal): Promise<RequestOutcome>;
  close(): void;
}

const longestMessage = 300;

export function createSender(target: Target, clock: Clock): Sender {
  const secure = target.baseUrl.protocol === "https:";
  const settings = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, noDelay: true };
  const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  const url = new URL(target.endpoint, target.baseUrl);
  const send = secure ? httpsRequest : httpRequest;
  return {
    send(body, signal) {
      const headers = {
        ...target.headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      };
      return new Promise((resolve) => {
        if (signal.aborted) return resolve({ kind: "interrupted" });
        const startMs = clock.monotonicMs();
        const request = send(url, { method: "POST", headers, agent });
        const onAbort = (): void => {
          settle({ kind: "interrupted" });
          request.destroy();
        };
        const settle = (outcome: RequestOutcome): void => {
          signal.removeEventListener("abort", onAbort);
          resolve(outcome);
        };
        signal.addEventListener("abort", onAbort);
        follow(request, () => clock.monotonicMs() - startMs, settle);
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

function follow(request: ClientRequest, elapsedMs: () => number, settle: (outcome: RequestOutcome) => void): void {
  request.on("error", (error) => settle(broken(error)));
  request.on("close", () => settle({ kind: "failed", cause: "closed", message: "the connection closed early" }));
  request.on("response", (response) => {
    response.on("error", (error) => settle(broken(error)));
    if (response.statusCode === 200) readStream(response, elapsedMs, settle);
    else readRefusal(response, settle);
  });
}

function readStream(
  response: IncomingMessage,
  elapsedMs: () => number,
  settle: (outcome: RequestOutcome) => void,
): void {
  const reader = new EventReader();
  const itlMs: number[] = [];
  let ttftMs: number | undefined;
  let lastMs = 0;
  let tokens = 0;
  let usageTokens: number | undefined;
  let done = false;
  response.setEncoding("latin1").on("data", (text: string) => {
    const nowMs = elapsedMs();
    const counts = reader.read(text);
    if (counts.error !== undefined) settle({ kind: "failed", cause: "error event", message: cut(counts.error) });
    done ||= counts.done;
    usageTokens = counts.usageTokens ?? usageTokens;
    for (let i = 0; i < counts.tokens; i++) {
      if (ttftMs === undefined) ttftMs = nowMs;
      else itlMs.push(nowMs - lastMs);
      lastMs = nowMs;
    }
    tokens += counts.tokens;
  });
  response.on("end", () => {
    if (done && ttftMs !== undefined) settle({ kind: "ok", outputTokens: usageTokens ?? tokens, ttftMs, itlMs });
    else settle({ kind: "failed", cause: "stream cut", message: `the stream ended after ${tokens} tokens` });
  });
}

function readRefusal(response: IncomingMessage, settle: (outcome: RequestOutcome) => void): void {
  let text = "";
  response.setEncoding("utf8").on("data", (part: string) => {
    if (text.length < longestMessage) text += part;
  });
  response.on("end", () => settle({ kind: "failed", cause: String(response.statusCode), message: cut(text) }));
}

function broken(error: NodeJS.ErrnoException): RequestOutcome {
  return { kind: "failed", cause: error.code ?? error.name, message: error.message };
}

function cut(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}...`;
}
