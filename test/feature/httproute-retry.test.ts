/** Which attempts a real Envoy makes for a rule with `retry`, at Services and along the picker's list. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { FailingServer } from "../helpers/failing-server.ts";
import { type Answer, http, postJson } from "../helpers/http.ts";
import { toPoolV1 } from "../helpers/inference-manifests.ts";
import {
  gateway,
  gatewayClass,
  httpRoute,
  type Manifest,
  pathMatch,
  service,
  toService,
} from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { RouteRig, servedPool } from "../helpers/route-rig.ts";

const rig = new RouteRig();
let port = 0;
let dead = 0;
let one: FailingServer;
let two: FailingServer;

function rule(path: string, backend: Manifest, more: Manifest): Manifest {
  return { matches: [pathMatch("PathPrefix", path)], backendRefs: [backend], ...more };
}

before(async () => {
  port = await freePort();
  dead = await freePort();
  one = await FailingServer.start("one");
  two = await FailingServer.start("two");
  await rig.start();
  await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    ...service("one", [one.port]),
    ...service("half-dead", [one.port, dead]),
    ...servedPool("llm", [one.port, two.port, dead]),
    httpRoute("services", { parent: "gw", hostnames: ["plain.test"] }, [
      rule("/500", toService("one"), { retry: { codes: [500], attempts: 3, backoff: "1ms" } }),
      rule("/defaults", toService("one"), { retry: { backoff: "1ms" } }),
      rule("/never", toService("one"), {}),
      rule("/slow", toService("one"), { retry: { attempts: 2 }, timeouts: { backendRequest: "300ms" } }),
      rule("/slow-once", toService("one"), { timeouts: { backendRequest: "300ms" } }),
      rule("/whole", toService("one"), {
        retry: { attempts: 9 },
        timeouts: { request: "700ms", backendRequest: "300ms" },
      }),
      rule("/half-dead", toService("half-dead"), { retry: { attempts: 1 } }),
    ]),
    httpRoute("pool", { parent: "gw", hostnames: ["pool.test"] }, [
      rule("/retry", toPoolV1("llm"), { retry: { codes: [503], attempts: 2, backoff: "1ms" } }),
      rule("/often", toPoolV1("llm"), { retry: { codes: [503], attempts: 9, backoff: "1ms" } }),
      rule("/v1", toPoolV1("llm"), {}),
    ]),
  ]);
});
after(async () => {
  await rig.stop();
  await Promise.all([one.stop(), two.stop()]);
});
beforeEach(() => {
  for (const server of [one, two]) {
    server.attempts = [];
    server.received = 0;
  }
});

describe("a rule that retries", () => {
  const ask = (path: string, body?: string): Promise<Answer> =>
    http(port, path, { method: "POST", headers: { host: "plain.test" }, ...(body !== undefined && { body }) });

  it("repeats an attempt whose answer has one of its codes, as often as it says", async () => {
    one.attempts = [500, 500, 500];
    assert.equal((await ask("/500", "x".repeat(1_000_000))).status, 200);
    assert.equal(one.received, 4);
  });

  it("passes the last answer on when all attempts failed", async () => {
    one.attempts = [500, 500, 500, 500];
    assert.equal((await ask("/500")).status, 500);
    assert.equal(one.received, 4);
    one.attempts = [];
  });

  it("does not repeat what has another code", async () => {
    one.attempts = [503];
    assert.equal((await ask("/500")).status, 503);
    assert.equal(one.received, 1);
  });

  it("repeats 503 twice where it says no more", async () => {
    one.attempts = [503, 503];
    assert.equal((await ask("/defaults")).status, 200);
    assert.equal(one.received, 3);
  });

  it("repeats an attempt that got no answer", async () => {
    one.attempts = ["reset"];
    assert.equal((await ask("/defaults")).status, 200);
    assert.equal(one.received, 2);
  });

  it("goes to another server than the one that refused the connection", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/half-dead")));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  });

  it("gives each attempt the time of timeouts.backendRequest, and all of them that of timeouts.request", async () => {
    one.attempts = [{ silentMs: 5000 }];
    assert.equal((await ask("/slow")).status, 200);
    assert.equal(one.received, 2);
    one.received = 0;
    one.attempts = Array.from({ length: 10 }, () => ({ silentMs: 5000 }));
    assert.equal((await ask("/whole")).status, 504);
    assert.ok(one.received >= 2 && one.received <= 3, `${one.received} attempts`);
  });
});

describe("a rule without retry", () => {
  const ask = (path: string): Promise<Answer> => http(port, path, { headers: { host: "plain.test" } });

  it("makes one attempt, which timeouts.backendRequest bounds", async () => {
    one.attempts = [503];
    assert.equal((await ask("/never")).status, 503);
    one.attempts = [{ silentMs: 5000 }];
    assert.equal((await ask("/slow-once")).status, 504);
    assert.equal(one.received, 2);
  });
});

describe("retries at a pool", () => {
  const ask = (path: string): Promise<Answer> =>
    postJson(port, path, { model: "qwen", prompt: "x".repeat(100_000) }, { host: "pool.test" });
  const listed = (...ports: readonly number[]): void => {
    rig.picker.decide = () => ports.map((each) => `127.0.0.1:${each}`).join(",");
  };

  it("walk the picker's list when a server answers with one of the codes; the picker is asked once", async () => {
    listed(one.port, two.port);
    one.attempts = [503];
    const asked = rig.picker.asked.length;
    const answer = await ask("/retry");
    assert.deepEqual([answer.status, answer.body], [200, "two"]);
    assert.deepEqual([one.received, two.received], [1, 1]);
    assert.equal(rig.picker.asked.length, asked + 1);
  });

  it("walk it past servers that refuse the connection and past those that answer badly", async () => {
    listed(dead, one.port, two.port);
    one.attempts = [503];
    const answer = await ask("/retry");
    assert.deepEqual([answer.status, answer.body], [200, "two"]);
    assert.deepEqual([one.received, two.received], [1, 1]);
  });

  it("end where the list ends, however many attempts the rule allows", async () => {
    listed(dead, one.port, two.port);
    one.attempts = Array.from({ length: 9 }, () => 503);
    two.attempts = Array.from({ length: 9 }, () => 503);
    assert.equal((await ask("/often")).status, 503);
    assert.deepEqual([one.received, two.received], [1, 1]);
  });

  it("without a retry of the rule follow connection failures only", async () => {
    listed(dead, one.port, two.port);
    assert.equal((await ask("/v1")).body, "one");
    one.attempts = [503];
    assert.equal((await ask("/v1")).status, 503);
    assert.equal(two.received, 0);
  });
});
