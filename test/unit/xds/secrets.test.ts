/** Secrets, which a client asks for once it has a listener that uses them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findMissing } from "../../../src/xds/snapshot.ts";
import type { DeltaResponse } from "../../../src/xds/stream/messages.ts";
import { makeSnapshot } from "../../helpers/make-snapshot.ts";
import { StreamDriver, told } from "../../helpers/xds-stream.ts";

const content = {
  cluster: { c: "1" },
  route: { r: { needs: ["c"] } },
  secret: { x: "1", y: "1" },
  listener: { l: { needs: ["r"], secrets: ["x", "y"] } },
};
const start = makeSnapshot(1, content);

/** A client that has all of the first snapshot. */
function ready(): StreamDriver {
  const driver = new StreamDriver();
  const ackAll = (responses: readonly DeltaResponse[]): void => {
    for (let left = responses; left.length > 0; ) left = driver.ack(...left);
  };
  ackAll(driver.publish(start));
  ackAll(driver.request("cluster"));
  ackAll(driver.request("endpoint", { subscribe: ["c"] }));
  ackAll(driver.request("listener"));
  ackAll(driver.request("secret", { subscribe: ["x", "y"] }));
  ackAll(driver.request("route", { subscribe: ["r"] }));
  driver.stream.takeVerdicts();
  return driver;
}

describe("secrets", () => {
  it("that are missing make a snapshot that is not closed", () => {
    assert.equal(findMissing(start), undefined);
    assert.deepEqual(findMissing(makeSnapshot(1, { ...content, secret: { x: "1" } })), { resource: "l", missing: "y" });
  });

  it("that are renewed are sent alone, and nothing else is", () => {
    const driver = ready();
    const sent = driver.publish(makeSnapshot(2, { ...content, secret: { x: "2", y: "2" } }, start));
    assert.deepEqual(told(sent), ["secret +x", "secret +y"]);
  });

  it("go before a listener that uses them in another way", () => {
    const driver = ready();
    const listener = { l: { needs: ["r"], secrets: ["x"], content: "2" } };
    const sent = driver.publish(makeSnapshot(2, { ...content, secret: { x: "2" }, listener }, start));
    assert.deepEqual(told(sent), ["secret +x", "listener +l"]);
  });

  it("that are gone are not removed: a client that no longer uses one says so", () => {
    const driver = ready();
    const listener = { l: { needs: ["r"], secrets: ["x"] } };
    const next = makeSnapshot(2, { ...content, secret: { x: "1" }, listener }, start);
    assert.deepEqual(told(driver.publish(next)), ["listener +l"]);
    assert.deepEqual(told(driver.request("secret", { unsubscribe: ["y"] })), []);
  });

  it("that do not exist are said to be gone, so that a listener does not wait for them", () => {
    const driver = ready();
    assert.deepEqual(told(driver.request("secret", { subscribe: ["z"] })), ["secret -z"]);
  });

  it("that are refused are known from the first answer, without being sent again", () => {
    const driver = ready();
    const [x, y] = driver.publish(makeSnapshot(2, { ...content, secret: { x: "2", y: "bad" } }, start));
    assert.ok(x !== undefined && y !== undefined);
    assert.deepEqual(told([...driver.nack(y, "no key"), ...driver.ack(x)]), []);
    const refused = driver.stream.takeVerdicts().flatMap((verdict) => (verdict.kind === "refused" ? [verdict] : []));
    assert.deepEqual(
      refused.map(({ type, resource, text }) => [type, resource.name, text]),
      [["secret", "y", "no key"]],
    );
  });

  it("count for the acknowledgement of a snapshot", () => {
    const driver = ready();
    assert.equal(driver.stream.acked(), 1);
    const sent = driver.publish(makeSnapshot(2, { ...content, secret: { x: "2", y: "1" } }, start));
    assert.equal(driver.stream.acked(), 1);
    driver.ack(...sent);
    assert.equal(driver.stream.acked(), 2);
  });
});
