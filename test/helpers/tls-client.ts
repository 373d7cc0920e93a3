/** Clients that speak TLS, and what they were shown. They take any certificate: tests look at it themselves. */

import type { IncomingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { type ConnectionOptions, connect, type SecureVersion } from "node:tls";

export interface TlsOptions {
  /** Absent: loopback. */
  readonly address?: string;
  readonly port: number;
  /** The host that is asked for in the handshake; absent: none is. */
  readonly sni?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly alpn?: readonly string[];
}

export interface Shown {
  /** DNS names of the certificate. */
  readonly names: readonly string[];
  readonly fingerprint: string;
  readonly version: string | null;
  readonly cipher: string;
  readonly alpn: string | false;
  /** How many certificates came. */
  readonly chain: number;
}

/** Rejects where there is no handshake. */
export function handshake(options: TlsOptions): Promise<Shown> {
  const { minVersion, maxVersion, ciphers, alpn } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...target(options),
      ...(minVersion && { minVersion }),
      ...(maxVersion && { maxVersion }),
      ...(ciphers && { ciphers }),
      ...(alpn && { ALPNProtocols: [...alpn] }),
    });
    socket.setTimeout(5_000, () => socket.destroy(new Error("Cannot shake hands: 5 s are over")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("Cannot shake hands: the connection was closed")));
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate(true);
      let chain = 0;
      for (let each = certificate; each !== undefined && chain < 10; each = each.issuerCertificate) {
        chain++;
        if (each.issuerCertificate === each) break;
      }
      resolve({
        names: namesOf(certificate.subjectaltname),
        fingerprint: certificate.fingerprint256,
        version: socket.getProtocol(),
        cipher: socket.getCipher().name,
        alpn: socket.alpnProtocol ?? false,
        chain,
      });
      socket.destroy();
    });
  });
}

export interface TlsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** HTTP/1.1; a connection of its own unless an agent is given. */
export function httpsGet(
  options: TlsOptions & { readonly host?: string; readonly path?: string; readonly agent?: Agent },
): Promise<TlsAnswer> {
  const { sni, host = sni ?? "127.0.0.1", path = "/", agent = new Agent() } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ ...target(options), path, headers: { host }, agent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const { statusCode: status = 0, headers } = incoming;
        resolve({ status, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** HTTP/2 on one connection, for any host. */
export class TlsHttp2Client {
  readonly #session: ClientHttp2Session;

  constructor(options: TlsOptions) {
    this.#session = connectHttp2(`https://127.0.0.1:${options.port}`, { ...target(options), ALPNProtocols: ["h2"] });
    this.#session.on("error", () => {});
  }

  get(host: string, path = "/"): Promise<TlsAnswer> {
    const stream = this.#session.request({ ":authority": host, ":path": path });
    return new Promise((resolve, reject) => {
      let status = 0;
      let headers: IncomingHttpHeaders = {};
      let body = "";
      stream.setEncoding("utf8");
      stream.on("response", (received) => {
        status = Number(received[":status"]);
        headers = received;
      });
      stream.on("data", (piece: string) => (body += piece));
      stream.on("error", reject);
      stream.on("end", () => resolve({ status, headers, body }));
    });
  }

  close(): void {
    this.#session.destroy();
  }
}

function target({ address = "127.0.0.1", port, sni = "" }: TlsOptions): ConnectionOptions {
  return { host: address, port, servername: sni, rejectUnauthorized: false };
}

function namesOf(alternatives: string | undefined): readonly string[] {
  return (alternatives ?? "").split(", ").map((entry) => entry.replace(/^DNS:/, ""));
}
