/** Ports that a Gateway cannot have, since another process or another Gateway has them. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { eventually } from "../helpers/eventually.ts";
import { http } from "../helpers/http.ts";
import { gateway, gatewayClass, httpRoute, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import type { ProxyEntry } from "../helpers/proxies.ts";
import { StubServer } from "../helpers/stub-server.ts";

async function occupy(): Promise<{ readonly port: number; readonly server: Server }> {
  // A stranger who believes that the port is somebody else's must not keep it from being closed.
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { port: address.port, server };
}

const release = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()));

describe("ante up where the only port is taken", () => {
  it("says who has it and what to do, and exits with 69", async (context) => {
    const { port, server } = await occupy();
    context.after(() => release(server));
    const ante = await Ante.start({
      files: { "gateway.yaml": yaml(gatewayClass(), gateway("only", port)) },
      waitReady: false,
    });
    assert.equal(await ante.exited, 69);
    const problem = ante.lines.find(({ msg }) => msg === "A listener cannot have its port");
    assert.match(
      String(problem?.["text"]),
      new RegExp(`Gateway default/only \\(listener http\\).*port ${port}.*in use.*${process.pid}`),
    );
    assert.equal(ante.lines.at(-1)?.msg, "hopeless");
  });
});

describe("a Gateway whose port is taken beside one that works", () => {
  let ante: Ante;
  let web: StubServer;
  let taken: { readonly port: number; readonly server: Server };
  let free: number;

  before(async () => {
    web = await StubServer.start();
    taken = await occupy();
    free = await freePort();
    const route = (name: string) =>
      httpRoute(`to-${name}`, { parent: name }, [
        { matches: [pathMatch("PathPrefix", "/")], backendRefs: [toService("web")] },
      ]);
    ante = await Ante.start({
      files: {
        "gateways.yaml": yaml(gatewayClass(), gateway("works", free), gateway("taken", taken.port)),
        "routes.yaml": yaml(route("works"), route("taken"), ...service("web", [web.port])),
      },
    });
  });
  after(async () => {
    await ante?.stop();
    await web.stop();
    taken.server.close();
  });

  const problemsOf = async (name: string): Promise<readonly string[]> => {
    const proxies = await ante.api<readonly ProxyEntry[]>("/api/v1/proxies");
    return proxies.find(({ gateway }) => gateway === `default/${name}`)?.process?.portProblems ?? [];
  };

  const programmed = async (name: string): Promise<string> => {
    const statuses =
      await ante.api<readonly { kind: string; name: string; status: { conditions: Condition[] } }[]>(
        "/api/v1/statuses",
      );
    const found = statuses.find((status) => status.kind === "Gateway" && status.name === name);
    return found?.status.conditions.find(({ type }) => type === "Programmed")?.status ?? "absent";
  };

  it("lets the other serve, and shows why it does not", async () => {
    assert.equal((await http(free, "/")).status, 200);
    assert.match((await problemsOf("taken"))[0] ?? "", new RegExp(`port ${taken.port}`));
    assert.equal(await programmed("works"), "True");
    assert.equal(await programmed("taken"), "False");
  });

  it("is served once the port is free", async () => {
    await release(taken.server);
    await eventually("an answer on the freed port", async () =>
      (await http(taken.port, "/")).status === 200 ? true : undefined,
    );
    assert.deepEqual(await problemsOf("taken"), []);
    await eventually("Programmed", async () => ((await programmed("taken")) === "True" ? true : undefined));
  });

  it("keeps its port when another Gateway asks for it, which is told so", async () => {
    ante.write("third.yaml", yaml(gateway("third", free)));
    const line = await ante.line("A listener cannot have its port", 5_000, ({ text }) =>
      String(text).includes("default/third"),
    );
    assert.match(String(line["text"]), new RegExp(`port ${free}.*Gateway default/works`));
    assert.equal((await http(free, "/")).status, 200);
    assert.equal(await programmed("third"), "False");
  });
});

interface Condition {
  readonly type: string;
  readonly status: string;
}
