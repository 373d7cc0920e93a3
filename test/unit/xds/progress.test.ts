import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeSnapshot } from "../../helpers/make-snapshot.ts";
import { StreamDriver, settled } from "../../helpers/xds-stream.ts";

const content = { cluster: { a: "1" }, listener: { l: { needs: ["r"] } }, route: { r: { needs: ["a"] } } };
const start = makeSnapshot(7, content);

describe("the acknowledged snapshot", () => {
  it("is none until all types are acknowledged, also those that the client has yet to ask for", () => {
    const driver = new StreamDriver();
    const steps: (number | undefined)[] = [];
    driver.publish(start);
    driver.ack(...driver.request("cluster"));
    steps.push(driver.stream.acked());
    driver.ack(...driver.request("endpoint", { subscribe: ["a"] }));
    steps.push(driver.stream.acked());
    driver.ack(...driver.request("listener"));
    steps.push(driver.stream.acked());
    driver.ack(...driver.request("route", { subscribe: ["r"] }));
    steps.push(driver.stream.acked());
    assert.deepEqual(steps, [undefined, undefined, undefined, 7]);
    assert.deepEqual(driver.stream.takeVerdicts(), [{ kind: "accepted", sequence: 7 }]);
  });

  it("is the current one at once where the client lacks nothing of it", () => {
    const driver = settled(start);
    driver.publish(makeSnapshot(8, content));
    assert.equal(driver.stream.acked(), 8);
  });

  it("is per type: new endpoints count though a route waits", () => {
    const driver = settled(start);
    const moved = makeSnapshot(8, { ...content, cluster: { a: "1", b: "1" }, route: { r: { needs: ["b"] } } }, start);
    driver.ack(...driver.publish(moved));
    driver.ack(...driver.request("endpoint", { subscribe: ["b"] }).slice(0, 1));
    assert.equal(driver.stream.acked("endpoint"), 8);
    assert.equal(driver.stream.acked("route"), 7);
    assert.equal(driver.stream.acked(), 7);
  });

  it("advances while newer ones come all the time", () => {
    const driver = settled(start);
    const edited = makeSnapshot(8, { ...content, route: { r: { needs: ["a"], content: "edited" } } }, start);
    const [route] = driver.publish(edited);
    driver.publish(
      makeSnapshot(9, { ...content, route: { r: { needs: ["a"], content: "edited" } }, endpoint: { a: "2" } }, edited),
    );
    assert.ok(route);
    driver.ack(route);
    assert.equal(driver.stream.acked(), 8);
  });

  it("does not fall where a resource is sent again on request", () => {
    const driver = settled(start);
    driver.request("endpoint", { subscribe: ["a"] });
    assert.equal(driver.stream.acked(), 7);
  });
});
