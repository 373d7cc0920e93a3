/** The whole picker over its real socket, with a client that plays the proxy, and time that the test moves. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { AccessLogType, type HTTPAccessLogEntry } from "../../src/gen/envoy/data/accesslog/v3/accesslog.ts";
import { placementMetadata } from "../../src/lib/wire.ts";
import type { PickerState } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import type { AskedRequest, Told } from "../helpers/ext-proc-client.ts";
import type { FakeClock } from "../helpers/fake-clock.ts";
import { type FakeScrapeClient, refused } from "../helpers/fake-scrape-client.ts";
import { makeModel, makePool, poolEndpoint, poolTable } from "../helpers/make-pool.ts";
import { type RunningPicker, startFrozenPicker } from "../helpers/running-picker.ts";

let running: RunningPicker & { readonly clock: FakeClock; readonly scrapes: FakeScrapeClient };

beforeEach(async () => {
  running = await startFrozenPicker();
});
afterEach(() => running.stop());

const served = "127.0.0.1:8001";
const models = [makeModel("qwen", 1), makeModel("travel-helper", 0, ["travel-helper-v1"]), makeModel("batch", -1)];
/** One server with place for one request. */
const narrow = makePool("qwen", { models, settings: { admission: "utilization", maxConcurrency: 1 } });

function open(pool = narrow): void {
  running.picker.setPools(poolTable([pool, [poolEndpoint(8001)]]));
  running.clock.advance(1);
}

function entry(placement: string, change: Partial<HTTPAccessLogEntry["commonProperties"]> = {}): HTTPAccessLogEntry {
  const [ip = "", port = ""] = served.split(":");
  return {
    commonProperties: {
      accessLogType: AccessLogType.DownstreamEnd,
      metadata: { filterMetadata: { [placementMetadata.namespace]: { [placementMetadata.key]: placement } } },
      upstreamRemoteAddress: {
        address: {
          $case: "socketAddress",
          value: { address: ip, portSpecifier: { $case: "portValue", value: Number(port) } },
        },
      },
      upstreamCluster: narrow.cluster,
      timeToFirstUpstreamRxByte: { seconds: 0, nanos: 5e6 },
      duration: { seconds: 1, nanos: 0 },
      upstreamRequestAttemptCount: 1,
      ...change,
    },
    response: { responseCode: 200 },
  };
}

const state = (): PickerState => running.picker.state();
const waiting = (count: number): Promise<true> =>
  eventually(`${count} waiting`, () => (state().queues[0]?.waiting === count ? true : undefined));

function placedBy(told: Told): Extract<Told, { kind: "placed" }> {
  assert.ok(told.kind === "placed", JSON.stringify(told));
  return told;
}

function refusedBy(told: Told): Extract<Told, { kind: "refused" }> {
  assert.ok(told.kind === "refused", JSON.stringify(told));
  return told;
}

/** Takes the one place and returns what frees it. */
async function occupy(): Promise<() => Promise<void>> {
  const { placement } = placedBy(await running.proxy.ask({ model: "qwen" }).told);
  return () => running.proxy.log(entry(placement));
}

describe("a request that finds room", () => {
  test("by headers alone is told its server in one reply", async () => {
    open();
    const told = placedBy(await running.proxy.ask({ model: "qwen" }).told);
    assert.deepEqual(new Set(told.endpoints), new Set([served]));
    assert.equal(told.bodyReplies, 0);
    assert.equal(told.contentLength, undefined);
  });

  test("without a body needs no model", async () => {
    open();
    placedBy(await running.proxy.ask({ method: "GET" }).told);
  });

  test("gets its model renamed in the body, and the new length", async () => {
    open();
    const told = placedBy(
      await running.proxy.ask({ model: "travel-helper", body: ['{"model":"travel-helper"}'] }).told,
    );
    assert.equal(told.body, '{"model":"travel-helper-v1"}');
    assert.equal(told.contentLength, `${told.body.length}`);
    assert.equal(told.bodyReplies, 1);
  });

  test("whose body comes in parts is answered once for each part", async () => {
    open();
    const body = ['{"model":"travel-', 'helper","prompt":"a"', "}"];
    const told = placedBy(await running.proxy.ask({ model: "travel-helper", body }).told);
    assert.equal(told.body, '{"model":"travel-helper-v1","prompt":"a"}');
    assert.equal(told.bodyReplies, 3);
  });

  test("whose body does not say its end, as with trailers, gets it back whole in the one reply", async () => {
    open(makePool("qwen", { models }));
    for (const model of ["travel-helper", "qwen"]) {
      const body = ['{"model":', `"${model}"}`];
      const told = placedBy(await running.proxy.ask({ model, body, trailers: true }).told);
      assert.equal(told.bodyReplies, 0);
      assert.equal(told.body, model === "qwen" ? '{"model":"qwen"}' : '{"model":"travel-helper-v1"}');
      assert.equal(told.contentLength, `${told.body.length}`);
    }
  });

  test("with a body that keeps its name is passed on as it is", async () => {
    open();
    const told = placedBy(await running.proxy.ask({ model: "qwen", body: ['{"model":"qwen"}'] }).told);
    assert.equal(told.body, undefined);
    assert.equal(told.bodyReplies, 1);
  });
});

describe("a request that is refused", () => {
  test("for its model gets OpenAI's form", async () => {
    open();
    const unknown = refusedBy(await running.proxy.ask({ model: "gpt-4" }).told);
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers["content-type"], "application/json");
    const { error } = JSON.parse(unknown.body) as { error: Record<string, unknown> };
    assert.deepEqual(
      [error["code"], error["type"], error["param"]],
      ["model_not_found", "invalid_request_error", null],
    );
    assert.equal(refusedBy(await running.proxy.ask().told).status, 400);
    const differs = running.proxy.ask({ model: "qwen", body: ['{"model":"travel-helper"}'] });
    assert.equal(refusedBy(await differs.told).status, 400);
  });

  test("for a full queue gets 429, when to come again, and the drop reason", async () => {
    open(makePool("qwen", { models, settings: { ...narrow.settings, maxQueuedRequests: 1 } }));
    await occupy();
    running.proxy.ask({ model: "qwen" });
    await waiting(1);
    const told = refusedBy(await running.proxy.ask({ model: "qwen" }).told);
    assert.equal(told.status, 429);
    assert.ok(Number(told.headers["retry-after"]) >= 1);
    assert.equal(told.headers["x-llm-d-request-dropped-reason"], "rejected-saturated");
  });

  test("for a pool without servers gets 503", async () => {
    running.picker.setPools(poolTable([narrow, []]));
    const told = refusedBy(await running.proxy.ask({ model: "qwen" }).told);
    assert.equal(told.status, 503);
    assert.equal(told.headers["x-llm-d-request-dropped-reason"], "rejected-no-endpoints");
  });

  test("for a pool that is never told of gets 503 after 15 s", async () => {
    const request = running.proxy.ask({ model: "qwen" });
    await eventually("parked request", () => (running.clock.pendingTimers > 1 ? true : undefined));
    running.clock.advance(15_000);
    assert.equal(refusedBy(await request.told).status, 503);
  });
});

describe("requests that wait", () => {
  test("are told nothing until there is room, then the highest priority goes first", async () => {
    open();
    const free = await occupy();
    const order: string[] = [];
    const ask = (model: string): AskedRequest => {
      const request = running.proxy.ask({ model });
      void request.told.then(() => order.push(model));
      return request;
    };
    const batch = ask("batch");
    await waiting(1);
    const critical = ask("qwen");
    await waiting(2);
    assert.deepEqual([batch.replies, critical.replies], [[], []]);
    await free();
    const { placement } = placedBy(await critical.told);
    assert.deepEqual(order, ["qwen"]);
    await running.proxy.log(entry(placement));
    await batch.told;
    assert.deepEqual(order, ["qwen", "batch"]);
  });

  test("leave the queue the moment their client leaves", async () => {
    open();
    await occupy();
    const request = running.proxy.ask({ model: "qwen" });
    await waiting(1);
    request.leave();
    await waiting(0);
    assert.equal(state().queues[0]?.outcomes["evicted-client-gone"], 1);
  });

  test("sent again by the proxy keep their place, and the first stream is answered with a refusal", async () => {
    open();
    const free = await occupy();
    const time = "2023-11-14T22:13:20.000Z";
    const first = running.proxy.ask({ model: "qwen", id: "one", time });
    await waiting(1);
    const other = running.proxy.ask({ model: "qwen", id: "two", time: "2023-11-14T22:13:20.000Z" });
    await waiting(2);
    const again = running.proxy.ask({ model: "qwen", id: "one", time });
    assert.equal(refusedBy(await first.told).status, 503);
    assert.equal(state().queues[0]?.waiting, 2);
    await free();
    placedBy(await again.told);
    assert.deepEqual(other.replies, []);
  });

  test("are refused with 503 when the picker gives up", async () => {
    open();
    await occupy();
    const request = running.proxy.ask({ model: "qwen" });
    await waiting(1);
    running.picker.giveUp();
    const told = refusedBy(await request.told);
    assert.deepEqual([told.status, told.headers["retry-after"]], [503, "1"]);
  });

  test("end UNAVAILABLE when the picker stops, so that the proxy sends them again", async () => {
    open();
    await occupy();
    const request = running.proxy.ask({ model: "qwen" });
    await waiting(1);
    running.picker.stop();
    await assert.rejects(request.told, /UNAVAILABLE|INTERNAL|CANCELLED/);
    await new Promise((done) => setImmediate(done));
    assert.equal(running.clock.pendingTimers, 0);
  });

  test("are refused after 59 minutes, before the proxy's own limit, or after the route's timeout", async () => {
    running.scrapes.results.set(served, refused);
    open();
    const patient = running.proxy.ask({ model: "qwen" });
    const hasty = running.proxy.ask({ model: "qwen", routeTimeoutMs: 30_000 });
    await waiting(2);
    running.clock.advance(31_000);
    const told = refusedBy(await hasty.told);
    assert.equal(told.status, 503);
    assert.equal(told.headers["x-llm-d-request-dropped-reason"], "rejected-ttl-expired");
    running.clock.advance(59 * 60_000 - 32_000);
    assert.deepEqual(patient.replies, []);
    running.clock.advance(2_000);
    assert.equal(refusedBy(await patient.told).status, 503);
  });

  test("for a pool that goes are refused", async () => {
    open(makePool("qwen", { models, settings: { ...narrow.settings, waitForEndpointsMs: 60_000 } }));
    await occupy();
    const request = running.proxy.ask({ model: "qwen" });
    await waiting(1);
    running.picker.setPools(poolTable());
    assert.equal(refusedBy(await request.told).status, 503);
  });

  test("for a pool that is not known yet go on once it is", async () => {
    const request = running.proxy.ask({ model: "qwen" });
    await eventually("parked request", () => (running.clock.pendingTimers > 1 ? true : undefined));
    open();
    placedBy(await request.told);
  });
});

describe("the access log", () => {
  test("renews a lease while its request runs; without it the lease ends", async () => {
    open();
    const { placement } = placedBy(await running.proxy.ask({ model: "qwen" }).told);
    running.scrapes.results.set(served, { kind: "unanswered", reason: "slow" });
    for (let n = 0; n < 5; n++) {
      running.clock.advance(2_000);
      await running.proxy.log(entry(placement, { accessLogType: AccessLogType.DownstreamPeriodic }));
      assert.equal(state().endpoints[0]?.inFlight, 1);
    }
    running.clock.advance(6_000);
    assert.equal(state().endpoints[0]?.inFlight, 0);
  });

  test("teaches a restarted picker what runs", async () => {
    open();
    const { placement } = placedBy(await running.proxy.ask({ model: "qwen" }).told);
    const second = await startFrozenPicker();
    try {
      second.picker.setPools(poolTable([narrow, [poolEndpoint(8001)]]));
      second.clock.advance(1);
      await second.proxy.log(entry(placement, { accessLogType: AccessLogType.DownstreamPeriodic }));
      assert.equal(second.picker.state().endpoints[0]?.inFlight, 1);
      assert.deepEqual(second.picker.state().clustersInUse, { [narrow.cluster]: 1 });
      await second.proxy.log(entry(placement));
      assert.equal(second.picker.state().endpoints[0]?.inFlight, 0);
      assert.deepEqual(second.picker.state().clustersInUse, {});
    } finally {
      second.stop();
    }
  });

  test("moves the charge to the server that served, while it runs", async () => {
    running.picker.setPools(poolTable([narrow, [poolEndpoint(8001), poolEndpoint(8002)]]));
    running.clock.advance(1);
    const { placement, endpoints } = placedBy(await running.proxy.ask({ model: "qwen" }).told);
    const other = endpoints[0] === served ? "127.0.0.1:8002" : served;
    const [ip = "", port = ""] = other.split(":");
    const value = { address: ip, portSpecifier: { $case: "portValue", value: Number(port) } } as const;
    const moved = entry(placement, {
      accessLogType: AccessLogType.DownstreamPeriodic,
      upstreamRemoteAddress: { address: { $case: "socketAddress", value } },
    });
    await running.proxy.log(moved);
    const inFlight = Object.fromEntries(state().endpoints.map(({ address, inFlight: count }) => [address, count]));
    assert.deepEqual(inFlight, { [endpoints[0] as string]: 0, [other]: 1 });
  });

  test("of failures in a row takes a server out", async () => {
    open();
    for (let n = 0; n < 5; n++) {
      const { placement } = placedBy(await running.proxy.ask({ model: "qwen" }).told);
      await running.proxy.log({ ...entry(placement), response: { responseCode: 500 } });
    }
    assert.equal(state().endpoints[0]?.state, "ejected");
    assert.match(state().endpoints[0]?.lastError ?? "", /request: server-error/);
  });

  test("of other requests is ignored", async () => {
    open();
    await running.proxy.log(entry("no id of ours"), { commonProperties: {} }, {});
    assert.equal(state().endpoints[0]?.inFlight, 0);
  });
});

describe("two pools over one server", () => {
  const other = makePool("other", { models, settings: narrow.settings });

  beforeEach(() => {
    running.picker.setPools(poolTable([narrow, [poolEndpoint(8001)]], [other, [poolEndpoint(8001)]]));
    running.clock.advance(1);
  });

  test("share its room, and the higher priority goes first whichever pool it waits in", async () => {
    const free = await occupy();
    const low = running.proxy.ask({ model: "travel-helper", body: ['{"model":"travel-helper"}'] });
    await waiting(1);
    const high = running.proxy.ask({ pool: other.key, model: "qwen" });
    await eventually("both waiting", () => (state().queues[1]?.waiting === 1 ? true : undefined));
    await free();
    const { placement } = placedBy(await high.told);
    assert.deepEqual(low.replies, []);
    assert.equal(state().endpoints[0]?.inFlight, 1);
    await running.proxy.log(entry(placement));
    placedBy(await low.told);
  });

  test("see one reading of it, and one scrape", () => {
    const { endpoints } = state();
    assert.deepEqual(
      endpoints.map(({ address, pools }) => [address, pools]),
      [[served, [narrow.key, other.key]]],
    );
    assert.equal(running.scrapes.scrapes.length, 1);
  });
});

describe("clusters in use", () => {
  test("are those of waiting and running requests, told at once when one is named first or last", async () => {
    open();
    const told: PickerState["clustersInUse"][] = [];
    running.picker.onState(({ clustersInUse }) => told.push(clustersInUse));
    const free = await occupy();
    running.clock.advance(0);
    const request = running.proxy.ask({ model: "qwen" });
    await waiting(1);
    assert.deepEqual(state().clustersInUse, { [narrow.cluster]: 2 });
    await free();
    await running.proxy.log(entry(placedBy(await request.told).placement));
    running.clock.advance(0);
    assert.deepEqual(told, [{ [narrow.cluster]: 1 }, {}]);
  });
});

describe("many streams", () => {
  test("2,000 wait at once, and each is answered", async () => {
    open();
    const free = await occupy();
    const requests = Array.from({ length: 2_000 }, () => running.proxy.ask({ model: "qwen" }));
    await waiting(2_000);
    running.picker.setPools(
      poolTable([{ ...narrow, settings: { ...narrow.settings, maxConcurrency: 0 } }, [poolEndpoint(8001)]]),
    );
    await free();
    // Each reading shows what was sent as started, and room for more.
    for (let reading = 0; reading < 1_000 && state().queues[0]?.waiting !== 0; reading++) running.clock.advance(100);
    await Promise.all(requests.map(async ({ told }) => placedBy(await told)));
  });

  test("5,000 that the proxy resets do not end its connection", async () => {
    open();
    await occupy();
    const bystander = running.proxy.ask({ model: "qwen" });
    await waiting(1);
    for (let round = 0; round < 50; round++) {
      const requests = Array.from({ length: 100 }, () => running.proxy.ask({ model: "qwen" }));
      await waiting(101);
      for (const request of requests) request.leave();
      await waiting(1);
    }
    assert.deepEqual(bystander.replies, []);
    running.picker.giveUp();
    assert.equal(refusedBy(await bystander.told).status, 503);
  });
});

describe("the picker's metrics", () => {
  test("carry both of the field's names, and models of clients' making are bounded", async () => {
    open(makePool("qwen", { settings: { maxQueuedRequests: 0 } }));
    running.scrapes.results.set(served, { kind: "unanswered", reason: "slow" });
    const { placement } = placedBy(await running.proxy.ask({ model: "mine" }).told);
    await running.proxy.log(entry(placement));
    running.clock.advance(1_000);
    const page = await running.registry.metrics();
    for (const line of [
      'inference_pool_ready_pods{name="v1/default/qwen"} 1',
      'llm_d_epp_ready_endpoints{name="v1/default/qwen"} 1',
      'inference_objective_request_total{model_name="mine",target_model_name="mine"} 1',
      'llm_d_epp_request_ttft_seconds_count{model_name="mine",target_model_name="mine"} 1',
      'inference_extension_flow_control_pool_saturation{inference_pool="v1/default/qwen"} 0',
    ])
      assert.ok(page.includes(`${line}\n`), `${line} is missing of\n${page}`);
    assert.match(page, /flow_control_request_queue_duration_seconds_count\{[^}]*outcome="Dispatched"[^}]*\} 1/);
  });
});
