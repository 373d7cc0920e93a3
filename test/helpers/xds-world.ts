import assert from "node:assert/strict";
import type { ResourceType, Snapshot, XdsResource } from "../../src/xds/snapshot.ts";
import { DeltaStream } from "../../src/xds/stream/delta-stream.ts";
import type { DeltaRequest, DeltaResponse } from "../../src/xds/stream/messages.ts";
import { makeSnapshot, type SnapshotContent } from "./make-snapshot.ts";
import { answer, XdsClient } from "./xds-client.ts";
import { XdsRules } from "./xds-rules.ts";

export interface WorldOptions {
  readonly gateLimitMs: number;
  readonly removalGraceMs: number;
  readonly refuses?: (type: ResourceType, resource: XdsResource) => string | undefined;
  /** Off for clients that refuse: what they were left with is theirs to say. */
  readonly checksOrder: boolean;
}

/** A server, one client, the two directions of a stream between them, and the rules that watch it. Time is a number. */
export class XdsWorld {
  readonly client: XdsClient;
  snapshot: Snapshot = makeSnapshot(0, {});
  stream!: DeltaStream;
  inUse: ReadonlySet<string> = new Set();
  nowMs = 0;
  readonly #options: WorldOptions;
  #rules!: XdsRules;
  #toClient: DeltaResponse[] = [];
  #toServer: DeltaRequest[] = [];
  #streams = 0;
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.client = new XdsClient(options.refuses === undefined ? {} : { refuses: options.refuses });
    this.connect();
  }

  /** A new stream; what was on its way is lost. A restarted server looks the same. */
  connect(): void {
    const { gateLimitMs, removalGraceMs } = this.#options;
    this.#toClient = [];
    this.#toServer = [...this.client.connect()];
    this.#rules = new XdsRules(gateLimitMs, this.client);
    this.#streams += 1;
    this.stream = new DeltaStream({ noncePrefix: `${this.#streams}.`, gateLimitMs, removalGraceMs });
    this.stream.setClustersInUse(this.inUse);
    this.#publish();
  }

  publish(content: SnapshotContent): void {
    this.snapshot = makeSnapshot(this.snapshot.sequence + 1, content, this.snapshot);
    this.#publish();
  }

  use(clusters: readonly string[]): void {
    this.inUse = new Set(clusters);
    this.stream.setClustersInUse(this.inUse);
    this.#flush();
  }

  resubscribe(type: ResourceType, name: string): void {
    this.#toServer.push({ ...answer(type, ""), subscribe: [name] });
  }

  /** One message arrives; false: none is on its way. */
  deliver(toClient: boolean): boolean {
    if (toClient) {
      const response = this.#toClient.shift();
      if (response !== undefined) this.#toServer.push(...this.client.receive(response));
      return response !== undefined;
    }
    const request = this.#toServer.shift();
    if (request === undefined) return false;
    this.#rules.received(request, this.nowMs);
    this.stream.request(request);
    this.#flush();
    return true;
  }

  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.#wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.#wakeAtMs);
      this.#flush();
    }
    this.nowMs = untilMs;
  }

  /** Lets everything arrive and every deadline pass. */
  settle(): void {
    for (let rounds = 0; rounds < 5_000; rounds++) {
      if (this.deliver(true) || this.deliver(false)) continue;
      if (this.#wakeAtMs === Number.POSITIVE_INFINITY) return;
      this.wait(this.#wakeAtMs - this.nowMs);
    }
    assert.fail("the conversation does not end");
  }

  #publish(): void {
    this.#rules.published(this.snapshot, this.nowMs);
    this.stream.publish(this.snapshot);
    this.#flush();
  }

  #flush(): void {
    const { snapshot, inUse, client, nowMs } = this;
    const { responses, wakeAtMs } = this.stream.flush(nowMs);
    assert.ok(wakeAtMs > nowMs, "wakes in the future");
    this.#wakeAtMs = wakeAtMs;
    for (const response of responses) {
      if (this.#options.checksOrder) this.#rules.sent(response, { snapshot, inUse, client, nowMs });
      this.#toClient.push(response);
    }
  }
}
