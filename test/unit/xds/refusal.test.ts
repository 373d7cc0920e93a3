/** https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#ack-nack-and-resource-type-instance-version */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { XdsResource } from "../../../src/xds/snapshot.ts";
import type { DeltaResponse } from "../../../src/xds/stream/messages.ts";
import { makeSnapshot } from "../../helpers/make-snapshot.ts";
import { type StreamDriver, settled, told } from "../../helpers/xds-stream.ts";

const names = ["a", "b", "c", "d", "e"];
const clustersAt = (version: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, version]));
const content = { cluster: clustersAt("1"), listener: { l: { needs: ["r"] } }, route: { r: { needs: names } } };
const start = makeSnapshot(1, content);
const changed = makeSnapshot(2, { ...content, cluster: clustersAt("2") }, start);

/** Answers until nothing is left to answer, refusing what `isBad` says; returns all that was sent, in order. */
function converse(
  driver: StreamDriver,
  opening: readonly DeltaResponse[],
  isBad: (resource: XdsResource) => boolean,
): readonly string[] {
  const sent: DeltaResponse[] = [];
  const waiting = [...opening];
  for (let response = waiting.shift(); response !== undefined; response = waiting.shift()) {
    sent.push(response);
    waiting.push(...(response.resources.some(isBad) ? driver.nack(response, "bad value") : driver.ack(response)));
  }
  return told(sent);
}

const isBad = ({ version }: XdsResource): boolean => version === changed.resources.cluster.get("d")?.version;

describe("a refused response", () => {
  it("is sent again in halves until the refused resource stands alone, since it may be partly applied", () => {
    const driver = settled(start);
    const sent = converse(driver, driver.publish(changed), isBad).filter((line) => line.startsWith("cluster"));
    assert.deepEqual(sent, [
      "cluster +a +b +c +d +e",
      "cluster +a +b",
      "cluster +c +d +e",
      "cluster +c",
      "cluster +d +e",
      "cluster +d",
      "cluster +e",
    ]);
  });

  it("makes its snapshot refused, with the resource and the client's text", () => {
    const driver = settled(start);
    converse(driver, driver.publish(changed), isBad);
    const verdicts = driver.stream.takeVerdicts().filter(({ sequence }) => sequence === 2);
    const resource = changed.resources.cluster.get("d");
    assert.deepEqual(verdicts, [
      { kind: "refused", sequence: 2, type: "cluster", resource, text: "bad value" },
      { kind: "answered", sequence: 2 },
    ]);
  });

  it("is not sent again by itself, and a newer snapshot that has it is refused as it comes", () => {
    const driver = settled(start);
    converse(driver, driver.publish(changed), isBad);
    driver.stream.takeVerdicts();
    const third = makeSnapshot(3, { ...content, cluster: clustersAt("2"), endpoint: { a: "two" } }, changed);
    assert.deepEqual(converse(driver, driver.publish(third), isBad), ["endpoint +a"]);
    const verdicts = driver.stream.takeVerdicts();
    assert.deepEqual(
      verdicts.map(({ kind, sequence }) => [kind, sequence]),
      [
        ["refused", 3],
        ["answered", 3],
      ],
    );
  });

  it("is replaced by the earlier version where a newer snapshot has that, since what the client was left with is unknown", () => {
    const driver = settled(start);
    converse(driver, driver.publish(changed), isBad);
    driver.stream.takeVerdicts();
    const third = makeSnapshot(3, { ...content, cluster: { ...clustersAt("2"), d: "1" } }, changed);
    assert.deepEqual(converse(driver, driver.publish(third), isBad), ["cluster +d", "endpoint +d"]);
    assert.deepEqual(driver.stream.takeVerdicts(), [{ kind: "accepted", sequence: 3 }]);
  });

  it("is sent again where the client asks for it again", () => {
    const driver = settled(start);
    converse(driver, driver.publish(changed), isBad);
    assert.deepEqual(told(driver.request("cluster", { subscribe: ["d"] })).slice(0, 1), ["cluster +d"]);
  });

  it("of a version that was replaced meanwhile says nothing of the newer one", () => {
    const driver = settled(start);
    const one = makeSnapshot(2, { ...content, route: { r: { needs: names, content: "bad" } } }, start);
    const [bad] = driver.publish(one);
    const two = makeSnapshot(3, { ...content, route: { r: { needs: names, content: "good" } } }, one);
    const [good] = driver.publish(two);
    assert.ok(bad && good);
    assert.deepEqual(driver.nack(bad), []);
    driver.ack(good);
    assert.equal(driver.stream.acked(), 3);
  });

  it("that only removed something counts as applied", () => {
    const driver = settled(start);
    const without = makeSnapshot(2, { ...content, listener: {}, route: {} }, start);
    const [listener, route] = driver.publish(without);
    assert.ok(listener && route);
    assert.deepEqual(driver.nack(listener), []);
    driver.ack(route);
    assert.equal(driver.stream.acked(), 2);
  });
});
