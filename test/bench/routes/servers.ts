import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerAddress } from "./apps.ts";

export interface NamedServer extends ServerAddress {
  stop(): Promise<void>;
}

/** Answers everything with its name. */
export async function startNamedServer(name: string, address = "127.0.0.1"): Promise<NamedServer> {
  const server = createServer((_, response) => response.end(name));
  await new Promise<void>((done) => server.listen(0, address, done));
  return {
    address,
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
