/** Routes beside the one rule per model: plain ones, pools that take any model, backends by weight, backends that are not there. */
import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { parent, poolV1, toPoolV1 } from "../helpers/inference-manifests.ts";
import { httpRoute, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { podsYaml, scenarioFiles } from "../helpers/scenario.ts";
import { StubServer } from "../helpers/stub-server.ts";
import { Upload } from "../helpers/upload.ts";

const json = { "content-type": "application/json" };

describe("a gateway with routes of every sort", () => {
  let gateway: TestGateway;
  let web: StubServer;
  let open: StubServer;
  const chat = createServer();

  before(async () => {
    web = await StubServer.start();
    open = await StubServer.start({ cacheTokens: 1_000_000 });
    await new Promise<void>((done) => chat.listen(0, "127.0.0.1", done));
    chat.on("upgrade", (request, socket) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
      socket.write(String(request.headers.host));
      socket.pipe(socket);
    });
    gateway = await TestGateway.start({
      files: ({ port, servers }) => ({
        "inference-gateway.yaml": String(scenarioFiles({ port, servers })["inference-gateway.yaml"]).replace(
          "  rules:",
          "  hostnames: [llm.test, over.test]\n  rules:",
        ),
        "more.yaml": yaml(
          ...service("web", [web.port]),
          ...service("chat", [(chat.address() as AddressInfo).port]),
          ...service("empty", []),
          poolV1("open-pool", { selector: { app: "open" } }),
          httpRoute("web", { parent, hostnames: ["web.test"] }, [
            { backendRefs: [toService("web")] },
            { matches: [pathMatch("PathPrefix", "/chat")], backendRefs: [toService("chat")] },
          ]),
          httpRoute("beside", { parent, hostnames: ["llm.test"] }, [
            { matches: [pathMatch("PathPrefix", "/beside")], backendRefs: [toService("web")] },
          ]),
          httpRoute("under", { parent, hostnames: ["over.test"] }, [{ backendRefs: [toService("web")] }]),
          httpRoute("open", { parent, hostnames: ["open.test"] }, [{ backendRefs: [toPoolV1("open-pool")] }]),
          httpRoute("mixed", { parent, hostnames: ["mixed.test"] }, [
            { backendRefs: [toPoolV1("open-pool", 70), toService("web", 30)] },
          ]),
          httpRoute("broken", { parent, hostnames: ["broken.test"] }, [
            { matches: [pathMatch("PathPrefix", "/empty")], backendRefs: [toService("empty")] },
            { matches: [pathMatch("PathPrefix", "/gone")], backendRefs: [toService("gone")] },
          ]),
        ),
        "open-pods.yaml": podsYaml([open.port], { app: "open" }),
      }),
    });
    await gateway.serversReady(2);
  });
  after(async () => {
    chat.closeAllConnections();
    chat.close();
    await Promise.all([web.stop(), open.stop()]);
    await gateway.stop();
  });
  beforeEach(() => {
    for (const server of [web, open, ...gateway.servers]) {
      server.received.length = 0;
      server.bytesIn = 0;
    }
  });

  const ask = (host: string, path: string, body?: string, headers: Readonly<Record<string, string>> = json) =>
    gateway.ask({
      method: body === undefined ? "GET" : "POST",
      path,
      headers: { host, ...headers },
      ...(body !== undefined && { body }),
    });

  describe("a plain route on a host without a rule for models", () => {
    it("streams a JSON upload: the server has its first bytes before the last is sent", async () => {
      const upload = new Upload(gateway.port, "/upload", { host: "web.test", ...json });
      upload.write('{"model":"qwen",');
      await eventually("the first bytes at the server", () => (web.bytesIn > 0 ? true : undefined));
      assert.equal(await upload.end('"x":1}'), 200);
      assert.equal(web.received[0]?.body, '{"model":"qwen","x":1}');
      assert.equal(web.received[0]?.headers["x-gateway-model-name"], undefined);
    });

    it("has no limit for bodies", async () => {
      assert.equal((await ask("web.test", "/upload", `{"x":"${"x".repeat(34 << 20)}"}`)).status, 200);
    });

    it("lets a websocket through, both ways", async () => {
      const socket = await new Promise<Socket>((done, fail) => {
        const outgoing = httpRequest({
          host: "127.0.0.1",
          port: gateway.port,
          path: "/chat",
          headers: { host: "web.test", connection: "upgrade", upgrade: "websocket" },
        });
        outgoing.once("upgrade", (_, upgraded) => done(upgraded));
        outgoing.once("response", (answer) => fail(new Error(`answered ${answer.statusCode}`)));
        outgoing.once("error", fail);
        outgoing.end();
      });
      let heard = "";
      socket.setEncoding("utf8").on("data", (piece: string) => (heard += piece));
      socket.write("hello");
      await eventually("the echo", () => (heard.endsWith("hello") ? true : undefined));
      socket.destroy();
    });
  });

  describe("a plain route on a host with rules for models", () => {
    it("streams a JSON upload where no rule for a model comes before it", async () => {
      const upload = new Upload(gateway.port, "/beside", { host: "llm.test", ...json });
      upload.write('{"model":"none",');
      await eventually("the first bytes at the server", () => (web.bytesIn > 0 ? true : undefined));
      assert.equal(await upload.end('"x":1}'), 200);
    });

    it("is told in a Warning condition where one does", async () => {
      const statuses =
        await gateway.ante.api<readonly { kind: string; name: string; status: unknown }[]>("/api/v1/statuses");
      const warned = statuses
        .filter(({ kind, status }) => kind === "HTTPRoute" && JSON.stringify(status).includes('"BodyIsRead"'))
        .map(({ name }) => name);
      assert.deepEqual(warned, ["under"]);
    });

    it("then has its JSON read before the server gets it, and streams all else", async () => {
      const upload = new Upload(gateway.port, "/", { host: "over.test", ...json });
      upload.write('{"model":"none",');
      const other = new Upload(gateway.port, "/", { host: "over.test", "content-type": "text/plain" });
      other.write("text");
      await eventually("the text at the server", () => (web.bytesIn > 0 ? true : undefined));
      assert.equal(web.bytesIn, 4);
      assert.equal(await other.end(), 200);
      assert.equal(await upload.end('"x":1}'), 200);
      assert.equal(web.received.at(-1)?.body, '{"model":"none","x":1}');
    });
  });

  describe("a pool without InferenceModels", () => {
    it("takes any model, and a body that names none", async () => {
      for (const body of ['{"model":"whatever"}', '{"prompt":"x"}']) {
        assert.equal((await ask("open.test", "/v1/completions", body)).status, 200);
        assert.equal(open.received.at(-1)?.body, body);
      }
    });

    it("takes what is no JSON", async () => {
      const answer = await ask("open.test", "/v1/audio", "--b", { "content-type": "multipart/form-data; boundary=b" });
      assert.equal(answer.status, 200);
      assert.equal(open.received[0]?.body, "--b");
    });

    it("is asked for its models, where the gateway answers for a host with rules for models", async () => {
      assert.equal((await ask("open.test", "/v1/models")).status, 200);
      assert.equal(open.received[0]?.path, "/v1/models");
      assert.match((await ask("llm.test", "/v1/models")).body, /"travel-helper"/);
    });
  });

  it("divides requests between a pool and a Service by weight", async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask("mixed.test", "/x", '{"model":"m"}')));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(web.received.length + open.received.length, 300);
    // 70 % of 300, four standard deviations to either side.
    assert.ok(Math.abs(open.received.length - 210) <= 32, `${open.received.length} of 300 went to the pool`);
  });

  it("answers 503 for a Service without endpoints, and 500 for a backend that is not there", async () => {
    assert.equal((await ask("broken.test", "/empty")).status, 503);
    assert.equal((await ask("broken.test", "/gone")).status, 500);
  });

  it("takes the backend that was missing once its file is there", async () => {
    gateway.ante.write("gone.yaml", yaml(...service("gone", [web.port])));
    await eventually("the backend served", async () =>
      (await ask("broken.test", "/gone")).status === 200 ? true : undefined,
    );
  });
});
