import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ServerDirectory } from "../../../src/pool/directory.ts";
import type { PoolMember } from "../../../src/pool/server-state.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { answered, FakeScrapeClient, idlePage, refused } from "../../helpers/fake-scrape-client.ts";
import { poolSettings } from "../../helpers/make-pool.ts";

const { scrape } = poolSettings;

const member = (address: string, change: Partial<PoolMember> = {}): PoolMember => ({
  address,
  ip: address.split(":")[0] ?? "",
  port: Number(address.split(":")[1]),
  name: `pod-${address}`,
  health: "healthy",
  programmed: true,
  ...change,
});
const a = "10.0.0.1:8000";
const b = "10.0.0.2:8000";

function setUp() {
  const clock = new FakeClock();
  const client = new FakeScrapeClient(clock);
  const read: string[] = [];
  const states: string[] = [];
  let awaited = false;
  const directory = new ServerDirectory({
    clock,
    client,
    random: () => 0.5,
    onReading: (server) => read.push(server.address),
    onState: ({ server, members }) => states.push(`${[...members.keys()].join()} ${server.state}`),
    isAwaited: () => awaited,
  });
  return { clock, client, directory, read, states, await: () => (awaited = true) };
}

describe("ServerDirectory", () => {
  test("a server is unread until its first scrape is answered, then ready", () => {
    const { clock, directory, states } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    assert.equal(directory.server(a).state, "unread");
    clock.advance(1);
    assert.equal(directory.server(a).state, "ready");
    assert.deepEqual(states, ["p ready"]);
  });

  test("asks for metrics where the first pool of the server says, and elsewhere as soon as it says so", () => {
    const { clock, client, directory } = setUp();
    const listed = (port: number) => [
      { pool: "p", members: [member(a)], scrape: { ...scrape, port } },
      { pool: "q", members: [member(a)], scrape: { ...scrape, port: 1 } },
    ];
    directory.update(listed(9_090));
    clock.advance(1_500);
    directory.update(listed(0));
    clock.advance(1_500);
    assert.deepEqual([client.scrapes[0], client.scrapes.at(-1)], ["10.0.0.1:9090", a]);
    assert.equal(directory.server(a).state, "ready");
  });

  test("two pools over one server share it", () => {
    const { clock, directory, states } = setUp();
    directory.update([
      { pool: "p", members: [member(a)], scrape },
      { pool: "q", members: [member(a)], scrape },
    ]);
    clock.advance(1);
    assert.equal(directory.servers("p")[0], directory.servers("q")[0]);
    assert.deepEqual(states, ["p,q ready"]);
  });

  test("a pool whose proxies do not know the server yet does not use it, another one does", () => {
    const { clock, directory } = setUp();
    directory.update([
      { pool: "p", members: [member(a, { programmed: false })], scrape },
      { pool: "q", members: [member(a)], scrape },
    ]);
    clock.advance(1);
    assert.deepEqual(directory.servers("p"), []);
    assert.deepEqual(
      directory.servers("q").map(({ state }) => state),
      ["ready"],
    );
    assert.ok(directory.hasEndpoints("p"));
  });

  test("says why each server gets nothing", () => {
    const { clock, client, directory } = setUp();
    client.results.set(b, refused);
    const c = "10.0.0.3:8000";
    const d = "10.0.0.4:8000";
    const members = [
      member(a, { health: "draining" }),
      member(b),
      member(c, { programmed: false }),
      member(d, { health: "unhealthy" }),
    ];
    directory.update([{ pool: "p", members, scrape }]);
    clock.advance(10);
    assert.deepEqual(
      [a, b, c, d].map((address) => directory.server(address).state),
      ["draining", "unread", "not-programmed", "not-ready"],
    );
  });

  test("any answer ends the unread state; one without known families makes the server unknown", () => {
    const { clock, client, directory, read } = setUp();
    client.results.set(a, answered("Not Found", 404));
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(1);
    assert.equal(directory.server(a).state, "ready");
    assert.equal(directory.server(a).kind, "unknown");
    assert.deepEqual(read, [a]);
  });

  test("a vLLM that answers 503 for a while stays a vLLM, with readings that grow old", () => {
    const { clock, client, directory } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(1);
    client.results.set(a, answered("busy", 503));
    clock.advance(10_000);
    const server = directory.server(a);
    assert.equal(server.kind, "vllm");
    assert.equal(server.readAtMs, 0);
    assert.equal(server.state, "ready");
  });

  test("refused scrapes eject within a second and a half, an answered one brings the server back", () => {
    const { clock, client, directory } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(1);
    client.results.set(a, refused);
    clock.advance(1_400);
    assert.equal(directory.server(a).state, "ejected");
    client.results.delete(a);
    clock.advance(1_200);
    assert.equal(directory.server(a).state, "ready");
  });

  test("slow scrapes do not eject", () => {
    const { clock, client, directory } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(1);
    client.results.set(a, { kind: "unanswered", reason: "no answer within 1000 ms" });
    clock.advance(20_000);
    assert.equal(directory.server(a).state, "ready");
  });

  test("failed requests eject; after the back-off one request at a time is let through", () => {
    const { clock, directory, states } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(1);
    for (let n = 0; n < 5; n++) directory.requestFailed(a, `r${n}`, "503");
    assert.equal(directory.server(a).state, "ejected");
    clock.advance(1_000);
    directory.tick();
    assert.equal(directory.server(a).state, "ready");
    directory.requestSent(a, "trial");
    assert.equal(directory.server(a).state, "ejected");
    directory.requestAnswered(a);
    assert.equal(directory.server(a).state, "ready");
    assert.deepEqual(states, ["p ready", "p ejected", "p ready", "p ejected", "p ready"]);
  });

  test("a server that left is not scraped, and is another one when it returns", () => {
    const { clock, client, directory } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(1);
    directory.update([{ pool: "p", members: [], scrape }]);
    const before = client.scrapes.length;
    clock.advance(5_000);
    assert.equal(client.scrapes.length, before);
    assert.ok(!directory.hasEndpoints("p"));
    assert.deepEqual(directory.servers("p"), []);
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    assert.equal(directory.server(a).state, "unread");
  });

  test("a draining server is no endpoint that is to stay", () => {
    const { directory } = setUp();
    directory.update([{ pool: "p", members: [member(a, { health: "draining" })], scrape }]);
    assert.ok(!directory.hasEndpoints("p"));
    assert.deepEqual(directory.servers("p"), []);
  });

  test("an idle server is scraped each second, an awaited one each 50 ms", () => {
    const { clock, client, directory, await: somebodyWaits } = setUp();
    client.results.set(a, answered(idlePage));
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(5_000);
    const idle = client.scrapes.length;
    assert.ok(idle >= 5 && idle <= 6, `${idle}`);
    somebodyWaits();
    clock.advance(2_000);
    assert.ok(client.scrapes.length - idle >= 20, `${client.scrapes.length - idle}`);
  });

  test("a request to an idle server hurries its next scrape", () => {
    const { clock, client, directory } = setUp();
    directory.update([{ pool: "p", members: [member(a)], scrape }]);
    clock.advance(100);
    directory.requestSent(a, "r");
    clock.advance(50);
    assert.equal(client.scrapes.length, 2);
  });
});
