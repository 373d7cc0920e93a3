/**
 * One ext_proc stream: drives the phases with what the proxy sends, asks for a place, says the answer. While the
 * request waits nothing is sent: that keeps the request replayable by the proxy should this process die.
 */
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { ProcessingRequest, ProcessingResponse } from "../../gen/envoy/service/ext_proc/v3/external_processor.ts";
import type { PoolKey } from "../../model/ir.ts";
import type { Log } from "../../observe/log.ts";
import { answer, type Effect, end, opened, type Phase, type ReceivedMessage, receive } from "./phase.ts";
import { internalError, type Refusal, shuttingDown } from "./refusals.ts";
import { isReplayable, messageBytes } from "./replay.ts";
import { bodyReply, lateBodyAfter, type PlacedRequest, placedReplies, refusedReply } from "./replies.ts";
import { type RouteInfo, readRouteInfo } from "./route-info.ts";

export type ProcessCall = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

export type Answer =
  | { readonly kind: "placed"; readonly placed: PlacedRequest }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Nobody is there to be told. */
  | { readonly kind: "abandoned" };

export interface StreamPorts {
  readonly log: Log;
  /** "": none. */
  sessionHeader(pool: PoolKey): string;
  /** Decides where the request goes; `settle` is called once at most, maybe before this returns. The result cancels. */
  place(route: RouteInfo, request: ReceivedMessage, settle: (answer: Answer) => void): Leave;
}

/** Takes a request that waits out of its queue. */
export type Leave = (reason?: "client-gone" | "handed-over") => void;

/** What may be done to a stream while its request waits; nothing happens once it is answered. */
export interface OpenStream {
  /** Another picker serves: ends it so that its proxy asks that one, where the proxy can. Else it goes on waiting. */
  handOver(): void;
  /** It has waited for too long after that. */
  dismiss(): void;
}

export function handleStream(call: ProcessCall, { log, place, sessionHeader }: StreamPorts): OpenStream {
  const route = readRouteInfo(call.metadata);
  let phase: Phase = opened;
  let leave: Leave = () => {};
  let sentBytes = 0;
  let handingOver = false;

  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case "none":
        return;
      case "received":
        if (handingOver && isReplayable(sentBytes)) repeatElsewhere();
        else leave = place(route, effect.request, settle);
        return;
      case "late-body":
        call.write(bodyReply(effect.clear));
        return;
      case "client-left":
        leave();
        return;
      case "violation":
        log.warn({ pool: route.pool, reason: effect.reason }, "ext_proc stream refused");
        leave();
        phase = { kind: "ended" };
        // Not a status that the proxy repeats the call on.
        call.emit("error", { code: status.INVALID_ARGUMENT, details: effect.reason });
    }
  };

  const settle = (decided: Answer): void => {
    if (phase.kind !== "waiting" || decided.kind === "abandoned") return;
    const { body } = phase;
    const placed = decided.kind === "placed" ? decided.placed : undefined;
    phase = answer(placed === undefined ? "nothing" : lateBodyAfter(placed, body));
    const replies = decided.kind === "placed" ? placedReplies(decided.placed, body) : [refusedReply(decided.refusal)];
    for (const reply of replies) call.write(reply);
  };

  const repeatElsewhere = (): void => {
    leave("handed-over");
    phase = { kind: "ended" };
    refuseStream(call);
  };

  const finish = (): void => {
    const step = end(phase);
    phase = step.phase;
    carryOut(step.effect);
  };

  call.on("data", (message: ProcessingRequest) => {
    try {
      sentBytes += messageBytes(message);
      const step = receive(phase, message, route.bodyFollows, sessionHeader(route.pool));
      phase = step.phase;
      carryOut(step.effect);
    } catch (error) {
      log.error({ pool: route.pool, err: error }, "cannot handle ext_proc message");
      leave();
      settle({ kind: "refused", refusal: internalError });
    }
  });
  call.on("end", () => {
    finish();
    call.end();
  });
  call.on("cancelled", finish);
  call.on("error", (error: Error) => {
    log.debug({ pool: route.pool, reason: error.message }, "ext_proc stream failed");
    finish();
  });
  return {
    handOver() {
      handingOver = true;
      if (phase.kind === "waiting" && isReplayable(sentBytes)) repeatElsewhere();
    },
    dismiss() {
      if (phase.kind === "opened" || phase.kind === "body-awaited") repeatElsewhere();
      if (phase.kind !== "waiting") return;
      leave("handed-over");
      settle({ kind: "refused", refusal: shuttingDown });
    },
  };
}

/** A status on which proxies ask again: by then the picker that serves. */
export function refuseStream(call: Pick<ProcessCall, "emit">): void {
  call.emit("error", { code: status.UNAVAILABLE, details: "Cannot serve the request: another picker does" });
}
