/** GET the metrics of a model server, on a connection that is kept. The only file of this folder that opens sockets. */
import { type ClientRequest, Agent as PlainAgent, get as plainGet } from "node:http";
import { Agent as TlsAgent, get as tlsGet } from "node:https";
import { type Cancel, type Clock, systemClock } from "../lib/clock.ts";
import type { Sealed } from "../lib/sealed.ts";
import type { ServerTlsIr } from "../model/ir.ts";
import { verificationOf } from "./server-verification.ts";

export interface ScrapeTarget {
  readonly ip: string;
  readonly port: number;
  readonly path: string;
  readonly scheme: "http" | "https";
  /** The certificate is taken as it is. */
  readonly insecureSkipVerify: boolean;
  /** By what it is known. Absent: its certificate must be for the IP address, and of an authority that Node trusts. */
  readonly serverTls?: ServerTlsIr;
  /** Sent as a bearer token. */
  readonly credential?: Sealed<string>;
}

export type ScrapeResult =
  | { readonly kind: "answered"; readonly status: number; readonly page: Buffer }
  /** No connection could be made: nobody serves there. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Connected, but no whole answer in time: the server may be busy. */
  | { readonly kind: "unanswered"; readonly reason: string };

export interface ScrapeClient {
  /** `done` is called once, later, unless cancelled before. */
  scrape(target: ScrapeTarget, done: (result: ScrapeResult) => void): Cancel;
  stop(): void;
}

export interface ScrapeClientOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** What a page has beyond it is cut off. */
  readonly maxPageBytes: number;
}

/** A busy server may take a second to answer; a page has 50 to 100 KB. */
const defaults: ScrapeClientOptions = { clock: systemClock, timeoutMs: 2_000, maxPageBytes: 4 * 1024 * 1024 };

export function createScrapeClient(options: Partial<ScrapeClientOptions> = {}): ScrapeClient {
  const { clock, timeoutMs, maxPageBytes } = { ...defaults, ...options };
  const agentOptions = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
  const plain = new PlainAgent(agentOptions);
  const tls = new TlsAgent(agentOptions);

  function get(target: ScrapeTarget): ClientRequest {
    const { ip, port, path, scheme, credential } = target;
    const authorization = credential === undefined ? {} : { authorization: `Bearer ${credential.reveal()}` };
    const options = { host: ip, port, path, headers: { accept: "text/plain", ...authorization } };
    return scheme === "http"
      ? plainGet({ ...options, agent: plain })
      : tlsGet({ ...options, agent: tls, ...verificationOf(target) });
  }

  function scrape(target: ScrapeTarget, done: (result: ScrapeResult) => void): Cancel {
    let settled = false;
    let connected = false;
    const cancelTimer = clock.after(timeoutMs, () => {
      settle({ kind: connected ? "unanswered" : "refused", reason: `no answer within ${timeoutMs} ms` });
      request.destroy();
    });
    const settle = (result: ScrapeResult): void => {
      if (settled) return;
      settled = true;
      cancelTimer();
      done(result);
    };

    const request = get(target);
    request.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => (connected = true));
      else connected = true;
    });
    request.on("error", (error) => settle({ kind: connected ? "unanswered" : "refused", reason: error.message }));
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const answer = (): void =>
        settle({ kind: "answered", status: response.statusCode ?? 0, page: Buffer.concat(chunks) });
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= maxPageBytes) return;
        answer();
        request.destroy();
      });
      response.on("end", answer);
      response.on("error", (error) => settle({ kind: "unanswered", reason: error.message }));
    });

    return () => {
      settled = true;
      cancelTimer();
      request.destroy();
    };
  }

  return {
    scrape,
    stop() {
      plain.destroy();
      tls.destroy();
    },
  };
}
