/** Backends of Envoy Gateway, application protocols and grants on a real Envoy: whom requests reach, and how. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { type AddressInfo, connect, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, httpGet, startEcho } from "../helpers/http.ts";
import { gatewayClass, httpRoute, type Manifest, pathMatch, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { hasConditions } from "../helpers/statuses.ts";

const toBackend = (name: string, namespace?: string): Manifest => ({
  group: "gateway.envoyproxy.io",
  kind: "Backend",
  name,
  ...(namespace !== undefined && { namespace }),
});

const backend = (name: string, spec: Manifest, namespace = "default"): Manifest => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "Backend",
  metadata: { name, namespace },
  spec,
});

const onPath = (path: string, ...backendRefs: readonly Manifest[]): Manifest => ({
  matches: [pathMatch("PathPrefix", path)],
  backendRefs,
});

function slice(service: string, port: number, name = ""): Manifest {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-${port}`, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"] }],
    ports: [{ port, ...(name !== "" && { name }) }],
  };
}

/** Answers with its name and the protocol that it was spoken to in. */
function startH2c(): Promise<Http2Server> {
  const server = createHttp2Server((request, response) => response.end(`h2c ${request.httpVersion}`));
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

/** Speaks HTTP/1.1 alone, and turns into an echo of bytes where asked to upgrade. */
function startUpgrading(): Promise<Server> {
  const server = createServer((request, response) => response.end(`plain ${request.httpVersion}`));
  server.on("upgrade", (_, socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

function startOnSocket(path: string): Promise<Server> {
  const server = createServer((_, response) => response.end("by socket"));
  return new Promise((done) => server.listen(path, () => done(server)));
}

const portOf = (server: NetServer | Http2Server): number => (server.address() as AddressInfo).port;

describe("a route to", () => {
  const folder = mkdtempSync(join(tmpdir(), "ante-be-"));
  const socketPath = join(folder, "web.sock");
  const servers: (Server | Http2Server)[] = [];
  let echo: Echo;
  let ante: Ante;
  let port: number;

  before(async () => {
    echo = await startEcho("echo");
    const [h2c, upgrading] = [await startH2c(), await startUpgrading()];
    servers.push(h2c, upgrading, await startOnSocket(socketPath));
    port = await freePort();
    const gateway = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "gw" },
      spec: { gatewayClassName: "ante", listeners: [{ name: "http", protocol: "HTTP", port }] },
    };
    ante = await Ante.start({
      files: {
        "gateway.yaml": yaml(gatewayClass(), gateway),
        "backends.yaml": yaml(
          backend("ip", { endpoints: [{ ip: { address: "127.0.0.1", port: echo.port } }] }),
          backend("name", { endpoints: [{ fqdn: { hostname: "localhost", port: echo.port } }] }),
          backend("socket", { endpoints: [{ unix: { path: socketPath } }] }),
          backend("h2c", {
            appProtocols: ["gateway.envoyproxy.io/h2c"],
            endpoints: [{ ip: { address: "127.0.0.1", port: portOf(h2c) } }],
          }),
          backend("fallback", { fallback: true, endpoints: [{ unix: { path: socketPath } }] }),
          backend("bad", { type: "DynamicResolver" }),
          backend("ip", { endpoints: [{ ip: { address: "127.0.0.1", port: echo.port } }] }, "other"),
          {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "protocols" },
            spec: {
              ports: [
                { name: "h2c", port: 80, appProtocol: "kubernetes.io/h2c" },
                { name: "ws", port: 81, appProtocol: "kubernetes.io/ws" },
              ],
            },
          },
          slice("protocols", portOf(h2c), "h2c"),
          slice("protocols", portOf(upgrading), "ws"),
        ),
        "routes.yaml": yaml(
          httpRoute("web", { parent: "gw" }, [
            onPath("/ip", toBackend("ip")),
            onPath("/name", toBackend("name")),
            onPath("/socket", toBackend("socket")),
            onPath("/h2c", toBackend("h2c")),
            onPath("/fallback-beside", toBackend("fallback"), toBackend("ip")),
            onPath("/fallback-alone", toBackend("fallback")),
            onPath("/bad", toBackend("bad")),
            onPath("/service-h2c", { name: "protocols", port: 80 }),
            onPath("/service-ws", { name: "protocols", port: 81 }),
          ]),
          httpRoute("across", { parent: "gw" }, [onPath("/across", toBackend("ip", "other"))]),
        ),
      },
    });
  });
  after(async () => {
    await ante?.stop();
    await echo.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const answerOf = async (path: string): Promise<string> => {
    const { status, body } = await httpGet(port, path);
    return status === 200 && body.startsWith("{")
      ? (JSON.parse(body) as { server: string }).server
      : `${status} ${body}`;
  };

  it("a Backend reaches its address, its name or its socket", async () => {
    assert.equal(await answerOf("/ip"), "echo");
    await eventually("the name resolved", async () => ((await answerOf("/name")) === "echo" ? true : undefined));
    assert.equal(await answerOf("/socket"), "200 by socket");
    await hasConditions(ante, { kind: "Backend", name: "socket" }, "Accepted=True Accepted");
  });

  it("a server that speaks HTTP/2 without TLS speaks it, where the Backend or the Service says so", async () => {
    assert.equal(await answerOf("/h2c"), "200 h2c 2.0");
    assert.equal(await answerOf("/service-h2c"), "200 h2c 2.0");
  });

  it("a WebSocket server upgrades", async () => {
    assert.equal(await answerOf("/service-ws"), "200 plain 1.1");
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /service-ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    let received = "";
    socket.on("data", (chunk) => (received += chunk));
    await eventually("the upgrade", () => received.startsWith("HTTP/1.1 101") || undefined);
    socket.write("frame");
    await eventually("the echo", () => received.endsWith("frame") || undefined);
    socket.destroy();
  });

  it("a fallback reaches it only where the rule has nothing else", async () => {
    const answers = new Set<string>();
    for (let i = 0; i < 10; i++) answers.add(await answerOf("/fallback-beside"));
    assert.deepEqual([...answers], ["echo"]);
    assert.equal(await answerOf("/fallback-alone"), "200 by socket");
  });

  it("a Backend that cannot be served is answered 500, and both say why", async () => {
    assert.match(await answerOf("/bad"), /^500 /);
    await hasConditions(ante, { kind: "Backend", name: "bad" }, "Accepted=False Invalid");
    await hasConditions(ante, { kind: "HTTPRoute", name: "web" }, "ResolvedRefs=False UnsupportedValue");
  });

  it("a Backend of another namespace reaches it while a ReferenceGrant there allows it", async () => {
    const grant = (kind: string): Manifest => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "ReferenceGrant",
      metadata: { name: "grant", namespace: "other" },
      spec: {
        from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "default" }],
        to: [{ group: "gateway.envoyproxy.io", kind }],
      },
    });
    const answers = (wanted: RegExp) =>
      eventually(`${wanted}`, async () => (wanted.test(await answerOf("/across")) ? true : undefined));
    const across = { kind: "HTTPRoute", name: "across" };
    await answers(/^500/);
    await hasConditions(ante, across, "ResolvedRefs=False RefNotPermitted");
    ante.write("grant.yaml", yaml(grant("Backend")));
    await answers(/^echo/);
    await hasConditions(ante, across, "ResolvedRefs=True ResolvedRefs");
    ante.write("grant.yaml", yaml(grant("Service")));
    await answers(/^500/);
    ante.write("grant.yaml", yaml(grant("Backend")));
    await answers(/^echo/);
    ante.remove("grant.yaml");
    await answers(/^500/);
    await hasConditions(ante, across, "ResolvedRefs=False RefNotPermitted");
  });

  it("a Backend whose endpoint changes reaches the new one", async () => {
    ante.write(
      "moved.yaml",
      yaml(backend("moving", { endpoints: [{ ip: { address: "127.0.0.1", port: echo.port } }] })),
    );
    ante.write(
      "moving-route.yaml",
      yaml(httpRoute("moving", { parent: "gw" }, [onPath("/moving", toBackend("moving"))])),
    );
    await eventually("the first endpoint", async () => ((await answerOf("/moving")) === "echo" ? true : undefined));
    ante.write("moved.yaml", yaml(backend("moving", { endpoints: [{ unix: { path: socketPath } }] })));
    await eventually("the second", async () => ((await answerOf("/moving")) === "200 by socket" ? true : undefined));
  });
});
