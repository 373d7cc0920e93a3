import { type Static, Type } from "typebox";
import type { DeepReadonly } from "../lib/deep-readonly.ts";

const serverView = Type.Object({
  address: Type.String(),
  verdict: Type.Enum(
    [
      ...["picked", "fallback", "outranked", "no-room", "held-back"],
      ...["unread", "not-programmed", "ejected", "not-ready", "draining"],
    ],
    { description: "Why it got the request or did not; held-back: its room is kept for higher priorities" },
  ),
  load: Type.Optional(Type.Number({ description: "Share of its room in use with the request; absent: no room" })),
  scores: Type.Optional(Type.Record(Type.String(), Type.Number(), { description: "Weighted" })),
  score: Type.Optional(Type.Number({ description: "Their sum; absent: it was not scored" })),
  inFlight: Type.Integer({ description: "Sent and not ended, before this request" }),
});

const decisionView = Type.Object({
  timeMs: Type.Number({ description: "Milliseconds since the Unix epoch" }),
  requestId: Type.String({ description: "The proxy's x-request-id" }),
  pool: Type.String(),
  model: Type.String({ description: "As the client names it" }),
  target: Type.String({ description: "As the server knows it" }),
  priority: Type.Integer(),
  outcome: Type.String({ description: '"placed", or "refused-" or "evicted-" with the reason' }),
  waitedMs: Type.Number(),
  waitedFor: Type.Record(Type.String(), Type.Number(), {
    description: "What held up the front of the queue while it waited, milliseconds by cause",
  }),
  expected: Type.Optional(Type.Object({ promptTokens: Type.Number(), outputTokens: Type.Number() })),
  endpoints: Type.Array(Type.String(), { description: "The pick, then where a retry goes" }),
  servers: Type.Array(serverView),
});
export type DecisionView = DeepReadonly<Static<typeof decisionView>>;

export const decisionPageView = Type.Object({
  decided: Type.Integer({ description: "Since the picker's start" }),
  sampled: Type.Integer({ description: "Those that were explained: all of a few, some per second of many" }),
  decisions: Type.Array(decisionView, { description: "Newest first" }),
});
export type DecisionPageView = DeepReadonly<Static<typeof decisionPageView>>;
