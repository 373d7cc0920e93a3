import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ProcessingRequest } from "../../../src/gen/envoy/service/ext_proc/v3/external_processor.ts";
import {
  answer,
  end,
  type LateBody,
  opened,
  type Phase,
  receive,
  type Step,
} from "../../../src/picker/ext-proc/phase.ts";

const headers = (endOfStream: boolean, contentLength?: number): ProcessingRequest => ({
  request: {
    $case: "requestHeaders",
    value: {
      endOfStream,
      headers: {
        headers:
          contentLength === undefined ? [] : [{ key: "content-length", rawValue: Buffer.from(`${contentLength}`) }],
      },
    },
  },
  attributes: { "envoy.filters.http.ext_proc": { "request.id": "r", "request.time": "2024-05-01T00:00:00.250500Z" } },
});
const body = (text: string, endOfStream = false): ProcessingRequest => ({
  request: { $case: "requestBody", value: { body: Buffer.from(text), endOfStream } },
});
const trailers: ProcessingRequest = { request: { $case: "requestTrailers", value: {} } };
const run = (messages: readonly ProcessingRequest[], bodyFollows = true): Step =>
  messages.reduce<Step>(({ phase }, message) => receive(phase, message, bodyFollows), {
    phase: opened,
    effect: { kind: "none" },
  });
const waitingFor = (messages: number, unended: boolean): Phase => ({ kind: "waiting", body: { messages, unended } });
const waiting = waitingFor(0, false);

describe("phases of an ext_proc stream", () => {
  test("headers alone are the request where no body follows", () => {
    for (const step of [run([headers(true)]), run([headers(false)], false)]) {
      assert.deepEqual(step.phase, waiting);
      assert.equal(step.effect.kind, "received");
    }
  });

  test("says whether there is a body, and who asks since when", () => {
    const { effect } = run([headers(false)], false);
    assert.ok(effect.kind === "received");
    assert.equal(effect.request.hasBody, true);
    assert.equal(effect.request.body, undefined);
    assert.deepEqual(effect.request.identity, { id: "r", timeMs: Date.UTC(2024, 4, 1) + 250.5 });
  });

  test("waits for the body up to its end", () => {
    assert.equal(run([headers(false), body("ab")]).effect.kind, "none");
    const { phase, effect } = run([headers(false), body("ab"), body("c", true)]);
    assert.deepEqual(phase, waitingFor(2, false));
    assert.equal(effect.kind === "received" && effect.request.body?.toString(), "abc");
  });

  test("takes content-length as the end of a body that never says so", () => {
    const { phase, effect } = run([headers(false, 3), body("ab"), body("c")]);
    assert.deepEqual(phase, waitingFor(2, true));
    assert.equal(effect.kind === "received" && effect.request.body?.toString(), "abc");
  });

  test("an end of the body that comes while waiting is owed a reply too, and ends it", () => {
    const { phase, effect } = run([headers(false, 3), body("abc"), body("", true)]);
    assert.deepEqual(phase, waitingFor(2, false));
    assert.equal(effect.kind, "none");
  });

  test("a part of the body that comes after the answer is replied to in the answer's sense", () => {
    const effect = (late: LateBody) => receive(answer(late), body("x"), true).effect;
    assert.deepEqual(effect("pass"), { kind: "late-body", clear: false });
    assert.deepEqual(effect("clear"), { kind: "late-body", clear: true });
    assert.deepEqual(effect("nothing"), { kind: "none" });
  });

  test("an end while the request is open means that the client left", () => {
    for (const phase of [waiting, run([headers(false), body("a")]).phase])
      assert.deepEqual(end(phase), { phase: { kind: "ended" }, effect: { kind: "client-left" } });
  });

  test("an end before anything or after the answer means nothing, and a second end neither", () => {
    for (const phase of [opened, answer("pass"), end(waiting).phase])
      assert.deepEqual(end(phase), { phase: { kind: "ended" }, effect: { kind: "none" } });
  });

  test("messages out of order, not asked for or empty are violations", () => {
    const violations: readonly (readonly ProcessingRequest[])[] = [
      [body("a")],
      [headers(true), headers(true)],
      [{}],
      [{ request: { $case: "responseHeaders", value: {} } }],
      [trailers],
    ];
    for (const messages of violations) assert.equal(run(messages).effect.kind, "violation");
  });

  test("a body beyond the limit is a violation, and is not kept", () => {
    const large = Buffer.alloc(17 * 1024 * 1024);
    const part: ProcessingRequest = { request: { $case: "requestBody", value: { body: large } } };
    assert.equal(run([headers(false), part, part]).effect.kind, "violation");
  });

  test("in any order of messages and ends, a request is received once at most, and left only after that or its headers", () => {
    const event = fc.oneof(
      fc.constant<ProcessingRequest | "end">("end"),
      fc.boolean().map((last) => headers(last, 2)),
      fc.boolean().map((last) => body("a", last)),
      fc.constant(trailers),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.boolean(), (events, follows) => {
        let phase = opened;
        let received = 0;
        let left = 0;
        for (const each of events) {
          const step = each === "end" ? end(phase) : receive(phase, each, follows);
          if (step.effect.kind === "violation") break;
          if (step.effect.kind === "received") received++;
          if (step.effect.kind === "client-left") left++;
          phase = step.phase;
        }
        assert.ok(received <= 1 && left <= 1);
      }),
    );
  });
});
