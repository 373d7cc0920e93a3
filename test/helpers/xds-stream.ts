import type { ResourceType, Snapshot } from "../../src/xds/snapshot.ts";
import { DeltaStream } from "../../src/xds/stream/delta-stream.ts";
import type { DeltaRequest, DeltaResponse } from "../../src/xds/stream/messages.ts";
import { answer } from "./xds-client.ts";

export const gateLimitMs = 5_000;
export const removalGraceMs = 10_000;

/** Drives one stream by hand: each call says what the server sends as its consequence. */
export class StreamDriver {
  readonly stream: DeltaStream;
  nowMs = 0;
  wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(noncePrefix = "s1.") {
    this.stream = new DeltaStream({ noncePrefix, gateLimitMs, removalGraceMs });
  }

  publish(snapshot: Snapshot): readonly DeltaResponse[] {
    this.stream.publish(snapshot);
    return this.#flush();
  }

  request(type: ResourceType, fields: Partial<DeltaRequest> = {}): readonly DeltaResponse[] {
    this.stream.request({ ...answer(type, ""), ...fields });
    return this.#flush();
  }

  ack(...responses: readonly DeltaResponse[]): readonly DeltaResponse[] {
    return responses.flatMap(({ type, nonce }) => this.request(type, { nonce }));
  }

  nack({ type, nonce }: DeltaResponse, refusal = "bad"): readonly DeltaResponse[] {
    return this.request(type, { nonce, refusal });
  }

  use(...clusters: readonly string[]): readonly DeltaResponse[] {
    this.stream.setClustersInUse(new Set(clusters));
    return this.#flush();
  }

  /** Moves time on, flushing whenever the stream asked for it. */
  wait(ms: number): readonly DeltaResponse[] {
    const untilMs = this.nowMs + ms;
    const sent: DeltaResponse[] = [];
    while (this.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.wakeAtMs);
      sent.push(...this.#flush());
    }
    this.nowMs = untilMs;
    return sent;
  }

  #flush(): readonly DeltaResponse[] {
    const { responses, wakeAtMs } = this.stream.flush(this.nowMs);
    if (wakeAtMs <= this.nowMs) throw new Error(`Cannot wake at ${wakeAtMs}: it is ${this.nowMs}`);
    this.wakeAtMs = wakeAtMs;
    return responses;
  }
}

/** "cluster +a +b -c": short enough to compare whole conversations. */
export function told(responses: readonly DeltaResponse[]): readonly string[] {
  return responses.map(({ type, resources, removed }) =>
    [type, ...resources.map(({ name }) => `+${name}`), ...removed.map((name) => `-${name}`)].join(" "),
  );
}

/** A stream whose client has subscribed to everything in the snapshot and acknowledged it. */
export function settled(snapshot: Snapshot): StreamDriver {
  const driver = new StreamDriver();
  driver.publish(snapshot);
  driver.ack(...driver.request("cluster"));
  driver.ack(...driver.request("endpoint", { subscribe: [...snapshot.resources.endpoint.keys()] }));
  driver.ack(...driver.request("listener"));
  driver.ack(...driver.request("route", { subscribe: [...snapshot.resources.route.keys()] }));
  return driver;
}
