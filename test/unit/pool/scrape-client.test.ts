import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { systemClock } from "../../../src/lib/clock.ts";
import { Sealed } from "../../../src/lib/sealed.ts";
import { createScrapeClient, type ScrapeResult, type ScrapeTarget } from "../../../src/pool/scrape-client.ts";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { poolSettings } from "../../helpers/make-pool.ts";

const { credential: _, ...settings } = poolSettings.scrape;
const target: Omit<ScrapeTarget, "port"> = { ...settings, ip: "127.0.0.1" };
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function client(timeoutMs = 2_000, maxPageBytes = 1_000_000) {
  const made = createScrapeClient({ clock: systemClock, timeoutMs, maxPageBytes });
  opened.push(() => made.stop());
  return {
    scrape: (port: number, change: Partial<ScrapeTarget> = {}) =>
      new Promise<ScrapeResult>((resolve) => made.scrape({ ...target, port, ...change }, resolve)),
  };
}

describe("createScrapeClient()", () => {
  test("hands on page and status, over one connection for all scrapes", async () => {
    let connections = 0;
    const { server, port } = await serve((request, response) => response.end(`${request.method} ${request.url}`));
    server.on("connection", () => connections++);
    const { scrape } = client();
    for (let n = 0; n < 3; n++) {
      const result = await scrape(port);
      assert.ok(result.kind === "answered");
      assert.equal(result.status, 200);
      assert.equal(result.page.toString(), "GET /metrics");
    }
    assert.equal(connections, 1);
  });

  test("asks for the path that it is told", async () => {
    const { port } = await serve((request, response) => response.end(request.url));
    const result = await client().scrape(port, { path: "/stats?format=text" });
    assert.ok(result.kind === "answered");
    assert.equal(result.page.toString(), "/stats?format=text");
  });

  test("sends a credential only where there is one", async () => {
    const { port } = await serve((request, response) => response.end(request.headers.authorization ?? "none"));
    const { scrape } = client();
    for (const [change, expected] of [
      [{}, "none"],
      [{ credential: new Sealed("token") }, "Bearer token"],
    ] as const) {
      const result = await scrape(port, change);
      assert.ok(result.kind === "answered");
      assert.equal(result.page.toString(), expected);
    }
  });

  test("over TLS takes a certificate of nobody only where it is told to", async () => {
    const { certificate, key } = await makeCertificate({ names: ["localhost"] });
    const server = createTlsServer({ cert: certificate, key }, (_, response) => response.end("page"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const { scrape } = client();
    const checked = await scrape(port, { scheme: "https" });
    assert.ok(checked.kind !== "answered");
    assert.match(checked.reason, /self-signed|certificate/);
    const unchecked = await scrape(port, { scheme: "https", insecureSkipVerify: true });
    assert.ok(unchecked.kind === "answered");
    assert.equal(unchecked.page.toString(), "page");
  });

  test("over TLS checks authority and name as the pool has them", async () => {
    const authority = await makeAuthority("ours");
    const certificate = await makeCertificate({ names: ["model.test"], addresses: ["10.0.0.9"], authority });
    const asked: unknown[] = [];
    const server = createTlsServer({ cert: certificate.certificate, key: certificate.key }, ({ socket }, response) => {
      asked.push((socket as TLSSocket).servername);
      response.end("page");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const ours = { kind: "authorities", pem: authority.certificate } as const;
    const theirs = { kind: "authorities", pem: (await makeAuthority("theirs")).certificate } as const;
    const model = { type: "dns", value: "model.test" } as const;
    for (const [serverTls, answered] of [
      [{ name: model, trust: ours }, true],
      [{ name: { type: "ip", value: "10.0.0.9" }, trust: ours }, true],
      [{ trust: ours }, true],
      [{ name: model, trust: { kind: "anybody" } }, true],
      [{ name: { type: "dns", value: "other.test" }, trust: ours }, false],
      [{ name: { type: "ip", value: "127.0.0.1" }, trust: ours }, false],
      [{ name: model, trust: theirs }, false],
      [{ name: model, trust: { kind: "system" } }, false],
    ] as const) {
      // A connection that was checked is not checked again.
      const result = await client().scrape(port, { scheme: "https", serverTls });
      assert.equal(result.kind === "answered", answered, JSON.stringify(serverTls));
    }
    assert.deepEqual(asked, ["model.test", false, false, "model.test"]);
    const skipped = await client().scrape(port, {
      ...{ scheme: "https", insecureSkipVerify: true },
      serverTls: { name: model, trust: theirs },
    });
    assert.equal(skipped.kind, "answered");
  });

  test("a status of another kind is an answer too", async () => {
    const { port } = await serve((_, response) => response.writeHead(404).end());
    const result = await client().scrape(port);
    assert.ok(result.kind === "answered");
    assert.equal(result.status, 404);
  });

  test("nobody listens: refused", async () => {
    const { server, port } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await client().scrape(port)).kind, "refused");
  });

  test("connected but silent: unanswered, not refused", async () => {
    const { port } = await serve(() => {});
    assert.equal((await client(50).scrape(port)).kind, "unanswered");
  });

  test("hung up before the end: unanswered", async () => {
    const { port } = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setImmediate(() => response.destroy());
    });
    assert.equal((await client().scrape(port)).kind, "unanswered");
  });

  test("a page beyond the bound is cut, not read to its end", async () => {
    const { port } = await serve((_, response) => {
      response.on("error", () => {});
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const result = await client(2_000, 50_000).scrape(port);
    assert.ok(result.kind === "answered");
    assert.ok(result.page.length > 50_000 && result.page.length < 1_000_000);
  });
});
