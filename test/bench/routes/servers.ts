import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface NamedServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers everything with its name. */
export async function startNamedServer(name: string): Promise<NamedServer> {
  const server = createServer((_, response) => response.end(name));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
