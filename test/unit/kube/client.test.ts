import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { KubeError, type KubeResource, type WatchEvent } from "../../../src/kube/api.ts";
import { createKubeApi, type KubeClient } from "../../../src/kube/client.ts";

const routes: KubeResource = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  kind: "HTTPRoute",
  plural: "httproutes",
  scope: "Namespaced",
};
const secrets: KubeResource = { group: "", version: "v1", kind: "Secret", plural: "secrets", scope: "Namespaced" };

async function clientOf(
  t: TestContext,
  answer: RequestListener,
  token = "first-token",
): Promise<KubeClient & { kubeconfig: string }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const directory = await mkdtemp(join(tmpdir(), "ante-kube-"));
  const kubeconfig = join(directory, "config");
  const { port } = server.address() as AddressInfo;
  await writeFile(kubeconfig, kubeconfigOf(`http://127.0.0.1:${port}`, token));
  const client = await createKubeApi({ kubeconfig });
  t.after(async () => {
    client.close();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  return Object.assign(client, { kubeconfig });
}

function kubeconfigOf(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token } }],
    contexts: [
      { name: "plain", context: { cluster: "c", user: "u" } },
      { name: "named", context: { cluster: "c", user: "u", namespace: "team-a" } },
    ],
    "current-context": "plain",
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return (await request.setEncoding("utf8").toArray()).join("");
}

const status = (code: number, reason: string, message: string, details?: object): string =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, details });

describe("createKubeApi()", () => {
  test("says which kubeconfig cannot be read, and what to do", async () => {
    await assert.rejects(
      createKubeApi({ kubeconfig: "/nowhere/config" }),
      /^Error: Cannot read kubeconfig \/nowhere\/config: ENOENT.*; use --kubeconfig$/,
    );
  });

  test("takes the named context with its namespace, and refuses one that is not there", async (t) => {
    const { kubeconfig, namespace } = await clientOf(t, (_, response) => response.end());
    assert.equal(namespace, "default");
    const named = await createKubeApi({ kubeconfig, context: "named" });
    assert.equal(named.namespace, "team-a");
    await assert.rejects(
      createKubeApi({ kubeconfig, context: "other" }),
      /Cannot use context "other": the kubeconfig has plain, named; use --context/,
    );
  });

  test("gives items of a list the kind that the server leaves out, and the token of the next page", async (t) => {
    const asked: string[] = [];
    const client = await clientOf(t, (request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.end(
        JSON.stringify({
          metadata: { resourceVersion: "7", continue: "more" },
          items: [{ metadata: { name: "a" } }, {}],
        }),
      );
    });
    assert.deepEqual(await client.list(routes, { limit: 2, namespace: "team-a", fieldSelector: "type!=x" }), {
      items: [{ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { name: "a" } }],
      resourceVersion: "7",
      continueToken: "more",
    });
    assert.deepEqual(asked, [
      "/apis/gateway.networking.k8s.io/v1/namespaces/team-a/httproutes?fieldSelector=type%21%3Dx&limit=2 Bearer first-token",
    ]);
  });

  test("hands on events of a watch until the server ends it", async (t) => {
    const client = await clientOf(t, (_, response) => {
      response.write('{"type":"ADDED","object":{"metadata":{"name":"ä"}}}\nnot json\n{"type":"BOOK');
      response.end(
        'MARK","object":{"metadata":{"resourceVersion":"9"}}}\n{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n',
      );
    });
    const events: WatchEvent[] = [];
    await client.watch(routes, {
      resourceVersion: "1",
      timeoutSeconds: 5,
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    assert.deepEqual(
      events.map((event) => event.type),
      ["ADDED", "UNREADABLE", "BOOKMARK", "ERROR"],
    );
    const last = events.at(-1);
    assert.equal(last?.type === "ERROR" && last.error.status, 410);
  });

  test("says action, object and the server's reason, and when to come again", async (t) => {
    const client = await clientOf(t, (_, response) =>
      response.writeHead(429, { "retry-after": "3" }).end(status(429, "TooManyRequests", "please wait")),
    );
    await assert.rejects(client.get(routes, { namespace: "a", name: "b" }), (error: unknown) => {
      assert.ok(error instanceof KubeError);
      assert.equal(
        error.message,
        "Cannot read httproutes.gateway.networking.k8s.io a/b: please wait (429 TooManyRequests)",
      );
      assert.equal(error.retryAfterMs, 3000);
      return true;
    });
  });

  test("names the reason where a server's Status leaves it out", async (t) => {
    const client = await clientOf(t, (_, response) => response.writeHead(500).end(status(500, "", "expected list")));
    await assert.rejects(client.get(routes, { namespace: "a", name: "b" }), (error: Error) => {
      assert.match(error.message, /: expected list \(500 InternalError\)$/);
      return true;
    });
  });

  test("quotes nothing that a server says about a Secret", async (t) => {
    const client = await clientOf(t, (_, response) =>
      response.writeHead(422).end(status(422, "Invalid", 'data: Invalid value: "hunter2"')),
    );
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "a" } };
    await assert.rejects(client.create(secrets, object), (error: Error) => {
      assert.equal(error.message, "Cannot create secrets a/s: the API server refuses (422 Invalid)");
      return true;
    });
  });

  test("has no object where there is none, and no token in the error of a server that is away", async (t) => {
    const client = await clientOf(t, (_, response) => response.writeHead(404).end(status(404, "NotFound", "none")));
    assert.equal(await client.get(routes, { namespace: "a", name: "b" }), undefined);
    await client.delete(routes, { namespace: "a", name: "b" });
    const away = await clientOf(t, (request) => request.socket.destroy());
    await assert.rejects(away.list(routes, { limit: 1 }), (error: Error) => {
      assert.match(error.message, /^Cannot list httproutes.gateway.networking.k8s.io: socket hang up$/);
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /first-token/);
      return true;
    });
  });

  test("asks the plugin that the kubeconfig names for a token", async (t) => {
    const tokens: (string | undefined)[] = [];
    const client = await clientOf(t, (request, response) => {
      tokens.push(request.headers.authorization);
      response.end(JSON.stringify({ metadata: { name: "b" } }));
    });
    const credential = JSON.stringify({ kind: "ExecCredential", status: { token: "from-plugin" } });
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "echo", args: [credential] };
    const text = kubeconfigOf(client.server, "").replace('{"token":""}', JSON.stringify({ exec }));
    await writeFile(client.kubeconfig, text);
    const second = await createKubeApi({ kubeconfig: client.kubeconfig });
    t.after(() => second.close());
    await second.get(routes, { namespace: "a", name: "b" });
    assert.deepEqual(tokens, ["Bearer from-plugin"]);
  });

  test("quotes nothing of an answer that it cannot read", async (t) => {
    const client = await clientOf(t, (_, response) => response.end('{"data": hunter2}'));
    await assert.rejects(
      client.get(secrets, { namespace: "a", name: "b" }),
      /^Error: Cannot read secrets a\/b: the answer is no object: it has no name$/,
    );
    await assert.rejects(client.list(secrets, { limit: 1 }), /: the answer is no list: it has no resourceVersion$/);
  });

  test("reads the kubeconfig again when the token is refused", async (t) => {
    const tokens: (string | undefined)[] = [];
    const client = await clientOf(t, (request, response) => {
      tokens.push(request.headers.authorization);
      const isNew = request.headers.authorization === "Bearer second-token";
      if (isNew) response.end(JSON.stringify({ metadata: { name: "b" } }));
      else response.writeHead(401).end(status(401, "Unauthorized", "Unauthorized"));
    });
    await writeFile(client.kubeconfig, kubeconfigOf(client.server, "second-token"));
    assert.equal((await client.get(routes, { namespace: "a", name: "b" }))?.metadata.name, "b");
    assert.deepEqual(tokens, ["Bearer first-token", "Bearer second-token"]);
  });

  test("writes by server-side apply and by merge patch", async (t) => {
    const writes: string[] = [];
    const client = await clientOf(t, (request, response) => {
      void bodyOf(request).then((body) => {
        writes.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
        response.end(JSON.stringify({ metadata: { name: "b" } }));
      });
    });
    const object = { apiVersion: "x/v1", kind: "HTTPRoute", metadata: { name: "b", namespace: "a" }, status: {} };
    await client.apply(routes, object, { fieldManager: "ante", force: true, subresource: "status" });
    await client.mergePatch(routes, { namespace: "a", name: "b" }, { x: 1 }, { fieldManager: "ante" });
    const path = "/apis/gateway.networking.k8s.io/v1/namespaces/a/httproutes/b";
    assert.deepEqual(writes, [
      `PATCH ${path}/status?fieldManager=ante&force=true application/apply-patch+yaml ${JSON.stringify(object)}`,
      `PATCH ${path}?fieldManager=ante application/merge-patch+json {"x":1}`,
    ]);
  });
});
