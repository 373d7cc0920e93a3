import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { describe, it } from "node:test";
import {
  describeConflict,
  describeProbe,
  findPortConflicts,
  type PortClaim,
} from "../../../src/infra/process/ports.ts";
import { listeningInodes, probePort } from "../../../src/infra/process/probe-port.ts";

const claim = (gateway: string, port: number, listeners = ["http"]): PortClaim => ({ gateway, port, listeners });

describe("findPortConflicts", () => {
  it("gives a port to the first Gateway by name", () => {
    const [conflict, ...more] = findPortConflicts(
      [claim("default/b", 80), claim("default/a", 80), claim("default/b", 81)],
      new Map(),
    );
    assert.equal(conflict?.claim.gateway, "default/b");
    assert.equal(conflict?.holder.gateway, "default/a");
    assert.deepEqual(more, []);
  });

  it("leaves a port with the Gateway that has it", () => {
    const conflicts = findPortConflicts([claim("default/b", 80), claim("default/a", 80)], new Map([[80, "default/b"]]));
    assert.deepEqual(
      conflicts.map(({ claim: { gateway } }) => gateway),
      ["default/a"],
    );
  });

  it("names both Gateways and their listeners", () => {
    const text = describeConflict({ claim: claim("default/b", 80, ["x", "y"]), holder: claim("default/a", 80) });
    assert.equal(
      text,
      "Cannot listen on port 80 for Gateway default/b (listeners x, y): Gateway default/a (listener http) has it; give one of them another port",
    );
  });
});

describe("probePort", () => {
  it("finds a free port free", async () => {
    const { server, port } = await listen();
    await close(server);
    assert.deepEqual(await probePort("127.0.0.1", port), { free: true });
  });

  it("names the process that has the port", { skip: process.platform !== "linux" }, async () => {
    const { server, port } = await listen();
    const probe = await probePort("127.0.0.1", port);
    await close(server);
    const problem = describeProbe(claim("default/a", port), "127.0.0.1", probe) ?? "";
    assert.match(problem, new RegExp(`port ${port} is in use by pid ${process.pid} \\(.+\\); stop it, or give`));
  });

  it("says that the machine lacks the address", async () => {
    const probe = await probePort("192.0.2.1", 0);
    assert.match(
      describeProbe(claim("default/a", 1), "192.0.2.1", probe) ?? "",
      /has no address 192\.0\.2\.1; .*--bind/,
    );
  });

  it("reads only listening sockets of the port from /proc", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1",
      "   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4243 1",
      "   2: 0100007F:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1",
    ].join("\n");
    assert.deepEqual(listeningInodes(table, 8081), ["4242"]);
  });

  it("explains a missing right", () => {
    const problem = describeProbe(claim("default/a", 80), "::1", { free: false, why: "no-right" });
    assert.match(problem ?? "", /^Cannot listen on \[::1\]:80 for .*: ports below 1024 need a right/);
  });
});

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" ? (address?.port ?? 0) : 0 };
}

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
