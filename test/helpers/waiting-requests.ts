/** Requests that wait in the gateway, since each model server is given one and answers only when the test says so. */
import assert from "node:assert/strict";
import { type Answer, TestGateway, type TestGatewayOptions } from "./gateway.ts";

/** A gateway whose model servers take one request each and keep it. */
export function startNarrowGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  return TestGateway.start({
    ...options,
    stub: { answerAtOnce: false, ...options.stub },
    annotations: { "antechamber.dev/max-concurrency": "1", ...options.annotations },
  });
}

export class WaitingRequests {
  readonly #gateway: TestGateway;
  readonly #answers: readonly Promise<Answer>[];

  private constructor(gateway: TestGateway, answers: readonly Promise<Answer>[]) {
    this.#gateway = gateway;
    this.#answers = answers;
  }

  /** Resolves when `count` wait, beside the one at each server. */
  static async send(gateway: TestGateway, count: number, model = "qwen"): Promise<WaitingRequests> {
    const all = count + gateway.servers.length;
    const requests = new WaitingRequests(
      gateway,
      Array.from({ length: all }, () => gateway.completion(model)),
    );
    for (const answer of requests.#answers) answer.catch(() => {});
    await gateway.waitingIs(count);
    return requests;
  }

  /** Lets the servers answer; every request must get 200. */
  async finish(): Promise<void> {
    const { servers } = this.#gateway;
    for (const server of servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    const answers = await Promise.all(this.#answers);
    for (const server of servers) server.answerAtOnce = false;
    const failed = answers.filter(({ status }) => status !== 200);
    assert.deepEqual(failed, [], `${failed.length} of ${answers.length} requests failed`);
  }
}
