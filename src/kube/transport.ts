/** One HTTP exchange with the API server. HTTP/1.1: each watch has a connection of its own, so none delays a call. */
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent, request } from "node:https";
import type { Clock } from "../lib/clock.ts";
import type { Connection } from "./connection.ts";

export interface Exchange {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Until the answer's headers are there. */
  readonly limitMs: number;
  readonly isWatch?: true;
}

/** The largest answer: a page of 500 objects. */
const mostBytes = 512 * 1024 * 1024;

export class Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #agents = agents();

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Resolves with the headers; the body is the caller's to read or to destroy. */
  async send(exchange: Exchange): Promise<IncomingMessage> {
    const answer = await this.#sendOnce(exchange);
    if (answer.statusCode !== 401) return answer;
    answer.destroy();
    this.#connection.forget();
    return this.#sendOnce(exchange);
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #sendOnce({ method, path, contentType, body, signal, limitMs, isWatch }: Exchange): Promise<IncomingMessage> {
    const { server } = this.#connection;
    const { tls, headers, proxy } = await this.#connection.credentials();
    signal?.throwIfAborted();
    const isPlain = server.protocol === "http:";
    const agent = proxy ?? this.#agents[isPlain ? (isWatch ? "plainWatch" : "plainCall") : isWatch ? "watch" : "call"];
    const options = {
      ...tls,
      agent,
      method,
      hostname: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port || (isPlain ? 80 : 443),
      path: `${server.pathname.replace(/\/$/, "")}${path}`,
      headers: {
        ...headers,
        accept: "application/json",
        "user-agent": "antechamber",
        ...(body === undefined
          ? {}
          : { "content-type": contentType ?? "application/json", "content-length": Buffer.byteLength(body) }),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    return new Promise((resolve, reject) => {
      const call = (isPlain ? plainRequest : request)(options);
      const cancel = this.#clock.after(limitMs, () =>
        call.destroy(new Error(`no answer from ${server.host} within ${limitMs / 1000} s`)),
      );
      call.once("response", (answer) => {
        cancel();
        resolve(answer);
      });
      // Stays: a connection may also break after the answer began, which the answer reports.
      call.on("error", (error) => {
        cancel();
        reject(error);
      });
      call.end(body);
    });
  }

  /** The whole body, as it came. */
  async read(answer: IncomingMessage, limitMs: number): Promise<string> {
    const cancel = this.#clock.after(limitMs, () =>
      answer.destroy(new Error(`the answer is not complete after ${limitMs / 1000} s`)),
    );
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
        chunks.push(chunk);
      }
    } finally {
      cancel();
    }
    return Buffer.concat(chunks).toString();
  }
}

function agents() {
  const alive = { keepAlive: true, keepAliveMsecs: 15_000 };
  const few = { ...alive, maxSockets: 16 };
  return {
    call: new Agent(few),
    watch: new Agent(alive),
    plainCall: new PlainAgent(few),
    plainWatch: new PlainAgent(alive),
  };
}
