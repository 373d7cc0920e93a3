/** https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Snapshot } from "../../../src/xds/snapshot.ts";
import type { DeltaResponse } from "../../../src/xds/stream/messages.ts";
import { makeSnapshot, type SnapshotContent } from "../../helpers/make-snapshot.ts";
import { gateLimitMs, removalGraceMs, StreamDriver, settled, told } from "../../helpers/xds-stream.ts";

const content = { cluster: { a: "1" }, listener: { l: { needs: ["r"] } }, route: { r: { needs: ["a"] } } };
const start = makeSnapshot(1, content);
const next = (change: SnapshotContent): Snapshot => makeSnapshot(2, { ...content, ...change }, start);

/** The route moves from cluster a to cluster b. */
const moved = next({ cluster: { b: "1" }, route: { r: { needs: ["b"] } } });

function first(responses: readonly DeltaResponse[]): DeltaResponse {
  const [response] = responses;
  assert.ok(response);
  return response;
}

/** Publishes `moved` and answers until the route has been sent. */
function moveRoute(driver: StreamDriver): DeltaResponse {
  driver.ack(...driver.publish(moved));
  const assignment = driver.request("endpoint", { subscribe: ["b"] });
  return first(driver.ack(...assignment));
}

describe("a route that names a new cluster", () => {
  it("waits until the cluster and then its endpoints are acknowledged", () => {
    const driver = settled(start);
    const cluster = driver.publish(moved);
    assert.deepEqual(told(cluster), ["cluster +b"]);
    assert.deepEqual(told(driver.ack(...cluster)), []);
    const assignment = driver.request("endpoint", { subscribe: ["b"] });
    assert.deepEqual(told(assignment), ["endpoint +b"]);
    assert.deepEqual(told(driver.ack(...assignment)), ["route +r"]);
  });

  it("waits no longer than the limit for a client that keeps silent", () => {
    const driver = settled(start);
    driver.publish(moved);
    assert.deepEqual(driver.wait(gateLimitMs - 1), []);
    assert.deepEqual(told(driver.wait(1)), ["route +r"]);
  });

  it("waits no longer than the limit where it is edited all the time", () => {
    const driver = settled(start);
    driver.publish(moved);
    driver.wait(gateLimitMs - 10);
    driver.publish(makeSnapshot(3, { cluster: { b: "1" }, route: { r: { needs: ["b"], content: "edited" } } }, moved));
    assert.deepEqual(told(driver.wait(10)), ["route +r"]);
  });

  it("does not wait again for a cluster that it has waited for in vain", () => {
    const driver = settled(start);
    driver.publish(moved);
    driver.wait(gateLimitMs);
    const edited = { ...content, cluster: { b: "1" }, route: { r: { needs: ["b"], content: "edited" } } };
    assert.deepEqual(told(driver.publish(makeSnapshot(3, edited, moved))), ["route +r"]);
  });

  it("is not sent where a newer snapshot names other clusters before its own were ready", () => {
    const driver = settled(start);
    driver.ack(...driver.publish(moved));
    const back = makeSnapshot(3, { ...content, route: { r: { needs: ["a"], content: "newer" } } }, moved);
    const sent = driver.publish(back);
    assert.deepEqual(told(sent), ["route +r"]);
    assert.equal(sent[0]?.resources[0]?.version, back.resources.route.get("r")?.version);
  });

  it("has its whole time again where it was not wanted meanwhile", () => {
    const driver = settled(start);
    driver.publish(moved);
    const back = makeSnapshot(3, { ...content, cluster: { a: "1", b: "1" } }, moved);
    driver.publish(back);
    driver.wait(gateLimitMs);
    const again = { ...content, cluster: { a: "1", b: "1" }, route: { r: { needs: ["b"] } } };
    assert.deepEqual(told(driver.publish(makeSnapshot(4, again, back))), []);
    assert.deepEqual(told(driver.wait(gateLimitMs)), ["route +r"]);
  });

  it("does not keep another route waiting", () => {
    const wide = makeSnapshot(1, { ...content, route: { ...content.route, s: { needs: ["a"] } } });
    const driver = settled(wide);
    const change = {
      ...content,
      cluster: { a: "1", b: "1" },
      route: { r: { needs: ["b"] }, s: { needs: ["a"], content: "edited" } },
    };
    assert.deepEqual(told(driver.publish(makeSnapshot(2, change, wide))), ["cluster +b", "route +s"]);
  });
});

describe("a listener", () => {
  it("waits for the clusters of its routes, so that it does not warm for want of a route", () => {
    const driver = settled(start);
    const change = {
      cluster: { a: "1", b: "1" },
      listener: { ...content.listener, m: { needs: ["s"] } },
      route: { ...content.route, s: { needs: ["b"] } },
    };
    const cluster = driver.publish(next(change));
    assert.deepEqual(told(cluster), ["cluster +b"]);
    driver.ack(...cluster);
    assert.deepEqual(told(driver.ack(...driver.request("endpoint", { subscribe: ["b"] }))), ["listener +m"]);
  });

  it("is removed only together with the one that replaces it", () => {
    const driver = settled(start);
    const change = { cluster: { b: "1" }, listener: { m: { needs: ["s"] } }, route: { s: { needs: ["b"] } } };
    driver.ack(...driver.publish(next(change)));
    const sent = driver.ack(...driver.request("endpoint", { subscribe: ["b"] }));
    assert.deepEqual(told(sent), ["listener +m -l", "route -r"]);
  });
});

describe("what needs no order", () => {
  it("is sent at once: endpoints while a route waits", () => {
    const driver = settled(start);
    driver.publish(moved);
    const both = makeSnapshot(3, { ...content, cluster: { a: "1", b: "1" }, endpoint: { a: "two" } }, moved);
    assert.deepEqual(told(driver.publish(both)), ["endpoint +a"]);
  });

  it("is sent at once: another weight in a route whose clusters are known", () => {
    const driver = settled(start);
    const sent = driver.publish(next({ route: { r: { needs: ["a"], content: "weight 2" } } }));
    assert.deepEqual(told(sent), ["route +r"]);
  });
});

// https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#resource-warming
describe("a cluster that changes", () => {
  it("is followed by its assignment, though that is equal: Envoy warms the changed cluster until it comes", () => {
    const driver = settled(start);
    assert.deepEqual(told(driver.publish(next({ cluster: { a: "2" } }))), ["cluster +a", "endpoint +a"]);
  });

  it("is waited for by a route that changes with it", () => {
    const driver = settled(start);
    const [cluster, assignment] = driver.publish(
      next({ cluster: { a: "2" }, route: { r: { needs: ["a"], content: "2" } } }),
    );
    assert.ok(cluster && assignment);
    assert.deepEqual(told(driver.ack(cluster)), []);
    assert.deepEqual(told(driver.ack(assignment)), ["route +r"]);
  });

  it("is not waited for where its change was refused, since the old one works", () => {
    const driver = settled(start);
    const [cluster] = driver.publish(next({ cluster: { a: "2" }, route: { r: { needs: ["a"], content: "2" } } }));
    assert.ok(cluster);
    assert.deepEqual(told(driver.nack(cluster)), ["route +r"]);
  });
});

describe("a cluster that no route names any more", () => {
  it("is removed after the grace, counted from the route's ACK", () => {
    const driver = settled(start);
    const route = moveRoute(driver);
    driver.wait(1_000);
    assert.deepEqual(driver.ack(route), []);
    assert.deepEqual(driver.wait(removalGraceMs - 1), []);
    assert.deepEqual(told(driver.wait(1)), ["cluster -a"]);
  });

  it("is kept while a waiting or running request names it", () => {
    const driver = settled(start);
    driver.use("a");
    driver.ack(moveRoute(driver));
    assert.deepEqual(driver.wait(20 * removalGraceMs), []);
    assert.deepEqual(told(driver.use()), ["cluster -a"]);
  });

  it("is kept while the route that names it is in use, because its successor was refused", () => {
    const driver = settled(start);
    driver.nack(moveRoute(driver));
    assert.deepEqual(driver.wait(20 * removalGraceMs), []);
  });

  it("is removed after the limit and the grace where the client never answers the route", () => {
    const driver = settled(start);
    moveRoute(driver);
    assert.deepEqual(driver.wait(gateLimitMs + removalGraceMs - 1), []);
    assert.deepEqual(told(driver.wait(1)), ["cluster -a"]);
  });

  it("is removed so too where the client never answered the route that named it", () => {
    const driver = settled(start);
    const edited = makeSnapshot(2, { ...content, route: { r: { needs: ["a"], content: "edited" } } }, start);
    driver.publish(edited);
    const without = makeSnapshot(3, { ...content, cluster: {}, route: { r: { needs: [] } } }, edited);
    assert.deepEqual(told(driver.publish(without)), ["route +r"]);
    assert.deepEqual(driver.wait(gateLimitMs + removalGraceMs - 1), []);
    assert.deepEqual(told(driver.wait(1)), ["cluster -a"]);
  });

  it("stays, and is not sent again, where a newer snapshot has it again", () => {
    const driver = settled(start);
    driver.ack(moveRoute(driver));
    const both = { ...content, cluster: { a: "1", b: "1" }, route: { r: { needs: ["b"] } } };
    assert.deepEqual(driver.publish(makeSnapshot(3, both, moved)), []);
    assert.deepEqual(driver.wait(2 * removalGraceMs), []);
  });

  it("keeps its endpoints until it is gone; then a client that still asks for them is told", () => {
    const driver = settled(start);
    driver.ack(moveRoute(driver));
    assert.deepEqual(told(driver.request("endpoint", { subscribe: ["a"] })), ["endpoint +a"]);
    const removal = driver.wait(removalGraceMs);
    assert.deepEqual(told(removal), ["cluster -a"]);
    assert.deepEqual(told(driver.ack(...removal)), ["endpoint -a"]);
  });

  it("is sent again with its assignment where it comes back before its removal is acknowledged", () => {
    const driver = settled(start);
    driver.ack(moveRoute(driver));
    const removal = first(driver.wait(removalGraceMs));
    const both = { ...content, cluster: { a: "1", b: "1" }, route: { r: { needs: ["a"], content: "back" } } };
    const again = driver.publish(makeSnapshot(3, both, moved));
    assert.deepEqual(told(again), ["cluster +a", "endpoint +a"]);
    assert.deepEqual(told(driver.ack(removal)), []);
    assert.deepEqual(told(driver.ack(...again)), ["route +r"]);
  });

  it("is kept while a client from an earlier stream works with a route that is not ours", () => {
    const driver = new StreamDriver();
    driver.publish(makeSnapshot(1, content));
    driver.request("cluster", { initialVersions: new Map([["old", "1"]]) });
    const [route] = driver.request("route", { subscribe: ["r"], initialVersions: new Map([["r", "of another time"]]) });
    assert.equal(route, undefined);
    assert.deepEqual(told(driver.wait(gateLimitMs)), ["route +r"]);
    assert.deepEqual(driver.wait(gateLimitMs + removalGraceMs - 1), []);
    assert.deepEqual(told(driver.wait(1)), ["cluster -old"]);
  });
});
