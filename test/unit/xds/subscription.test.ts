/** https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterLoadAssignment } from "../../../src/gen/envoy/config/endpoint/v3/endpoint.ts";
import { makeSnapshot } from "../../helpers/make-snapshot.ts";
import { gateLimitMs, removalGraceMs, StreamDriver, settled, told } from "../../helpers/xds-stream.ts";

const two = makeSnapshot(1, {
  cluster: { a: "1", b: "1" },
  listener: { l: { needs: ["r"] } },
  route: { r: { needs: ["a", "b"] } },
});
const versionOf = (type: "cluster" | "endpoint", name: string): string => two.resources[type].get(name)?.version ?? "";

// https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
describe("what a client is subscribed to", () => {
  it("is every cluster and listener when its first request names none", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    assert.deepEqual(told(driver.request("cluster")), ["cluster +a +b"]);
  });

  it("is every cluster when it names '*'", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    assert.deepEqual(told(driver.request("cluster", { subscribe: ["*"] })), ["cluster +a +b"]);
  });

  it("is only what it names otherwise", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    assert.deepEqual(told(driver.request("cluster", { subscribe: ["b"] })), ["cluster +b"]);
    assert.deepEqual(told(driver.request("cluster", { subscribe: ["a"] })), ["cluster +a"]);
  });

  it("is no assignment and no route when its first request names none", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    assert.deepEqual(driver.request("endpoint"), []);
    assert.deepEqual(driver.request("route"), []);
  });

  it("stays the wildcard when names are added, until '*' is unsubscribed", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    driver.ack(...driver.request("cluster"));
    driver.ack(...driver.request("cluster", { subscribe: ["a"] }));
    const more = makeSnapshot(2, { cluster: { a: "1", b: "2" } });
    assert.deepEqual(told(driver.ack(...driver.publish(more))), []);
    driver.request("cluster", { unsubscribe: ["*"] });
    assert.deepEqual(told(driver.publish(makeSnapshot(3, { cluster: { a: "2", b: "3" } }))), ["cluster +a"]);
  });

  it("ends for a name that is unsubscribed, and begins anew when it is subscribed again", () => {
    const driver = settled(two);
    driver.request("endpoint", { unsubscribe: ["a"] });
    const changed = makeSnapshot(2, { ...content, endpoint: { a: "two" } }, two);
    assert.deepEqual(driver.publish(changed), []);
    assert.deepEqual(told(driver.request("endpoint", { subscribe: ["a"] })), ["endpoint +a"]);
  });

  it("covers a name that the wildcard still covers: it is sent again, since the client may have dropped it", () => {
    const driver = settled(two);
    assert.deepEqual(told(driver.request("listener", { subscribe: ["l"] })), ["listener +l"]);
    assert.deepEqual(told(driver.request("listener", { unsubscribe: ["l"] })), ["listener +l"]);
  });
});

const content = {
  cluster: { a: "1", b: "1" },
  listener: { l: { needs: ["r"] } },
  route: { r: { needs: ["a", "b"] } },
};

// https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#subscribing-to-resources
describe("a name that is subscribed again", () => {
  it("is sent again even if it is equal", () => {
    const driver = settled(two);
    assert.deepEqual(told(driver.request("endpoint", { subscribe: ["a"] })), ["endpoint +a"]);
    assert.deepEqual(told(driver.request("route", { subscribe: ["r"] })), ["route +r"]);
  });

  it("is sent again where the change rides on an ACK", () => {
    const driver = settled(two);
    const [pushed] = driver.publish(makeSnapshot(2, { ...content, endpoint: { a: "two" } }, two));
    assert.ok(pushed);
    const sent = driver.request("endpoint", { nonce: pushed.nonce, subscribe: ["b"] });
    assert.deepEqual(told(sent), ["endpoint +b"]);
    assert.equal(driver.stream.subscription("endpoint")?.outstanding.size, 1);
  });

  it("is sent again where the request carries a nonce that was answered before", () => {
    const driver = settled(two);
    const [pushed] = driver.publish(makeSnapshot(2, { ...content, endpoint: { a: "two" } }, two));
    assert.ok(pushed);
    driver.ack(pushed);
    assert.deepEqual(told(driver.request("endpoint", { nonce: pushed.nonce, subscribe: ["b"] })), ["endpoint +b"]);
  });
});

// https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#knowing-when-a-requested-resource-does-not-exist
describe("a name that does not exist", () => {
  it("is answered with an empty assignment", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    const [response] = driver.request("endpoint", { subscribe: ["ghost"] });
    assert.deepEqual(told(response ? [response] : []), ["endpoint +ghost"]);
    assert.equal(ClusterLoadAssignment.decode(response?.resources[0]?.body ?? Buffer.of()).endpoints?.length, 0);
  });

  it("is answered with a removal where it is a route", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    assert.deepEqual(told(driver.request("route", { subscribe: ["ghost"] })), ["route -ghost"]);
  });

  it("is answered once, and sent when it comes into being", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    driver.ack(...driver.request("route", { subscribe: ["late"] }));
    assert.deepEqual(driver.publish(makeSnapshot(2, { ...content, listener: {} })), []);
    const late = makeSnapshot(3, { ...content, route: { late: { needs: [] } } });
    assert.deepEqual(told(driver.publish(late)), ["route +late"]);
  });

  it("is answered again when it is asked for again", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    driver.ack(...driver.request("endpoint", { subscribe: ["ghost"] }));
    assert.deepEqual(told(driver.request("endpoint", { subscribe: ["ghost"] })), ["endpoint +ghost"]);
  });
});

// https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#client-reconnects (initial_resource_versions)
describe("a client that reconnects", () => {
  const initialVersions = new Map([
    ["a", versionOf("cluster", "a")],
    ["b", versionOf("cluster", "b")],
  ]);

  it("gets nothing that it has", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    assert.deepEqual(driver.request("cluster", { initialVersions }), []);
  });

  it("is given time to say which routes it works with before clusters are removed", () => {
    const driver = new StreamDriver();
    driver.publish(makeSnapshot(1, { cluster: { a: "1" } }));
    driver.request("cluster", { initialVersions });
    assert.deepEqual(driver.wait(gateLimitMs + removalGraceMs - 1), []);
    assert.deepEqual(told(driver.wait(1)), ["cluster -b"]);
  });

  it("gets what changed", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    const stale = new Map([...initialVersions, ["b", "older"]]);
    assert.deepEqual(told(driver.request("cluster", { initialVersions: stale })), ["cluster +b"]);
  });

  it("is told of listeners that are gone", () => {
    const driver = new StreamDriver();
    driver.publish(makeSnapshot(1, {}));
    assert.deepEqual(told(driver.request("listener", { initialVersions: new Map([["l", "1"]]) })), ["listener -l"]);
  });

  it("is told of clusters that are gone after the grace, since a request may name them", () => {
    const driver = new StreamDriver();
    driver.publish(makeSnapshot(1, { cluster: { a: "1" } }));
    assert.deepEqual(driver.request("cluster", { initialVersions }), []);
    assert.deepEqual(driver.request("route", { subscribe: ["ghost"] }).length, 1);
    assert.deepEqual(told(driver.wait(removalGraceMs)), ["cluster -b"]);
  });

  it("holds versions, which are no subscriptions", () => {
    const driver = new StreamDriver();
    driver.publish(two);
    const held = new Map([["b", "older"]]);
    assert.deepEqual(told(driver.request("endpoint", { subscribe: ["a"], initialVersions: held })), ["endpoint +a"]);
  });

  it("names its versions in the first request of a type only", () => {
    const driver = settled(two);
    assert.deepEqual(driver.request("cluster", { initialVersions: new Map([["zombie", "1"]]) }), []);
    assert.deepEqual(driver.wait(20_000), []);
  });

  it("is not believed where it carries a nonce of another stream", () => {
    const earlier = new StreamDriver("s1.");
    const later = new StreamDriver("s2.");
    for (const driver of [earlier, later]) driver.publish(two);
    const [old] = earlier.request("cluster");
    later.request("cluster");
    assert.ok(old);
    later.ack(old);
    assert.equal(later.stream.subscription("cluster")?.outstanding.size, 1);
  });
});

describe("responses", () => {
  it("are sent while earlier ones are unanswered, and each answer counts for its own", () => {
    const driver = settled(two);
    const first = makeSnapshot(2, { ...content, endpoint: { a: "two" } }, two);
    const [one] = driver.publish(first);
    const [other] = driver.publish(makeSnapshot(3, { ...content, endpoint: { a: "three" } }, first));
    assert.ok(one && other);
    assert.notEqual(one.nonce, other.nonce);
    driver.ack(other);
    assert.equal(driver.stream.acked("endpoint"), 1);
    driver.ack(one);
    assert.equal(driver.stream.acked("endpoint"), 3);
  });

  it("carry no resource whose version is the one that was sent", () => {
    const driver = settled(two);
    assert.deepEqual(driver.publish(makeSnapshot(2, content)), []);
  });

  it("carry the changed assignment only where endpoints changed only", () => {
    const driver = settled(two);
    assert.deepEqual(told(driver.publish(makeSnapshot(2, { ...content, endpoint: { b: "two" } }, two))), [
      "endpoint +b",
    ]);
  });

  it("are empty once for a client that waits for its first clusters where there are none", () => {
    const driver = new StreamDriver();
    driver.publish(makeSnapshot(1, {}));
    assert.deepEqual(told(driver.request("cluster")), ["cluster"]);
    assert.deepEqual(told(driver.request("listener")), ["listener"]);
  });

  it("are none before there is a snapshot", () => {
    const driver = new StreamDriver();
    assert.deepEqual(driver.request("cluster"), []);
    assert.deepEqual(driver.request("endpoint", { subscribe: ["a"] }), []);
    assert.deepEqual(told(driver.publish(two)), ["cluster +a +b", "endpoint +a"]);
  });

  it("stop for a client that answers none of 64, and go on with the newest once it answers", () => {
    const driver = settled(two);
    let last = two;
    const sent = Array.from({ length: 80 }, (_, i) => {
      last = makeSnapshot(i + 2, { ...content, endpoint: { a: `${i}` } }, last);
      return driver.publish(last);
    }).flat();
    assert.equal(sent.length, 64);
    const [first] = sent;
    assert.ok(first);
    const [next] = driver.ack(first);
    assert.equal(next?.resources[0]?.version, last.resources.endpoint.get("a")?.version);
  });
});
