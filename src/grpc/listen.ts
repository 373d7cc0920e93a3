/** Where a grpc-js server of ours listens: beside its proxies on a Unix socket, or on a port where certificates say who comes. */
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { freeSocketPath } from "../infra/process/unix-socket.ts";
import type { CertificateSource } from "../trust/certificates.ts";
import { MutualTls } from "./mutual-tls.ts";

export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
      readonly kind: "tls";
      /** An IP address. */
      readonly host: string;
      /** 0: any that is free. */
      readonly port: number;
      readonly certificates: CertificateSource;
    };

export interface Listening {
  /** Of a TLS address; 0 of a Unix socket. */
  readonly port: number;
  /** Peers have shown a certificate. */
  readonly secured: boolean;
  /** Asks connected peers to leave, so that they connect anew; those that stay are cut after a while. */
  disconnect(graceMs: number): void;
}

/** A file that a killed process left at a socket's path is replaced; a socket that somebody serves is an error. */
export async function listen(server: Server, at: ListenAddress | string): Promise<Listening> {
  const address: ListenAddress = typeof at === "string" ? { kind: "unix", path: at } : at;
  if (address.kind === "unix") {
    const { path } = address;
    await freeSocketPath(path);
    await bind(server, `unix:${path}`, path, ServerCredentials.createInsecure());
    return { port: 0, secured: false, disconnect: (graceMs) => server.drain(`unix:${path}`, graceMs) };
  }
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  const target = `${host}:${address.port}`;
  const port = await bind(server, target, target, new MutualTls(address.certificates));
  return { port, secured: true, disconnect: (graceMs) => server.drain(`${host}:${port}`, graceMs) };
}

function bind(server: Server, target: string, shown: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(new Error(`Cannot listen on "${shown}": ${error.message}`, { cause: error }));
    });
  });
}
