import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProxySession } from "../../../src/xds/proxy-session.ts";
import type { DeltaResponse, Verdict } from "../../../src/xds/stream/messages.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { makeSnapshot } from "../../helpers/make-snapshot.ts";
import { answer } from "../../helpers/xds-client.ts";
import { told } from "../../helpers/xds-stream.ts";

const content = { cluster: { a: "1" }, listener: { l: { needs: ["r"] } }, route: { r: { needs: ["a"] } } };
const start = makeSnapshot(1, content);

function newSession() {
  const clock = new FakeClock();
  const sent: DeltaResponse[] = [];
  const verdicts: Verdict[] = [];
  const peer = { isFull: false };
  const session = new ProxySession({
    name: "s",
    node: { id: "envoy-1", gateway: "default/gw", version: "1.40.0" },
    clock,
    gateLimitMs: 5_000,
    removalGraceMs: 10_000,
    send: (response) => sent.push(response) > 0 && !peer.isFull,
    onSent: () => {},
    onAnswer: () => {},
    run: (work) => work(),
    onChange: () => {},
    onVerdict: (verdict) => verdicts.push(verdict),
  });
  session.publish(start);
  return { clock, sent, verdicts, peer, session };
}

describe("ProxySession", () => {
  it("sends a peer that does not read nothing more, and the newest once it does", () => {
    const { sent, peer, session } = newSession();
    peer.isFull = true;
    session.request(answer("cluster", ""));
    session.request({ ...answer("endpoint", ""), subscribe: ["a"] });
    session.publish(makeSnapshot(2, { ...content, endpoint: { a: "2" } }, start));
    assert.deepEqual(told(sent), ["cluster +a"]);
    peer.isFull = false;
    session.resume();
    assert.deepEqual(told(sent), ["cluster +a", "endpoint +a"]);
    assert.equal(
      sent[1]?.resources[0]?.version,
      makeSnapshot(2, { ...content, endpoint: { a: "2" } }).resources.endpoint.get("a")?.version,
    );
  });

  it("opens a gate when its time is over", () => {
    const { clock, sent, session } = newSession();
    session.request(answer("cluster", ""));
    session.request(answer("listener", ""));
    clock.advance(4_999);
    assert.deepEqual(told(sent), ["cluster +a"]);
    clock.advance(1);
    assert.deepEqual(told(sent), ["cluster +a", "listener +l"]);
  });

  it("leaves no timer behind when it is closed", () => {
    const { clock, session } = newSession();
    session.request(answer("listener", ""));
    assert.equal(clock.pendingTimers, 1);
    session.close();
    assert.equal(clock.pendingTimers, 0);
  });

  it("shows what was sent and acknowledged, when, and the last refusal", () => {
    const { clock, sent, session } = newSession();
    session.request(answer("cluster", ""));
    assert.deepEqual(session.state().types.cluster, {
      state: "STALE",
      sentSequence: 1,
      sentAtMs: clock.wallMs(),
      resources: 0,
    });
    clock.advance(5);
    const [cluster] = sent;
    session.request({ ...answer("cluster", cluster?.nonce ?? ""), refusal: "bad" });
    assert.equal(session.state().types.cluster.state, "NACKED");
    assert.equal(session.state().types.cluster.lastError, "bad");
    session.publish(makeSnapshot(2, { ...content, cluster: { a: "2" } }, start));
    clock.advance(5);
    session.request(answer("cluster", sent.at(-1)?.nonce ?? ""));
    const { state, lastError, ackedSequence, ackedAtMs, resources } = session.state().types.cluster;
    assert.deepEqual(
      [state, lastError, ackedSequence, ackedAtMs, resources],
      ["SYNCED", undefined, 2, clock.wallMs(), 1],
    );
    assert.equal(session.state().types.listener.state, "UNSUBSCRIBED");
  });
});
