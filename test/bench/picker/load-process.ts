/** Clients that send when they are due, whether or not earlier answers have come: latency counts from when that was. */
import { Agent, request } from "node:http";
import { seededRandom } from "../../../src/sim/load/random.ts";
import { answerOrders } from "../process/worker.ts";
import { promptOf, sendTimesMs } from "./workload.ts";

export interface LoadOrder {
  readonly port: number;
  readonly model: string;
  readonly requestsPerS: number;
  readonly seconds: number;
  readonly promptBytes: number;
  readonly maxTokens: number;
  readonly seed: number;
}

export interface LoadAnswer {
  readonly sent: number;
  /** Of answers of 200 whose body came whole: ms from when they were due to the first byte. */
  readonly ttfbMs: readonly number[];
  /** How late requests were sent, ms. */
  readonly lateMs: readonly number[];
  readonly failures: readonly string[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 4_096, maxFreeSockets: 4_096 });

function send(order: LoadOrder, body: Buffer, dueMs: number): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request({
      agent,
      host: "127.0.0.1",
      port: order.port,
      method: "POST",
      path: "/v1/completions",
      headers: { "content-type": "application/json", "content-length": body.length },
    });
    outgoing.on("error", (error) => resolve(error.message));
    outgoing.on("response", (incoming) => {
      const ms = performance.now() - dueMs;
      incoming.resume();
      incoming.on("error", (error) => resolve(error.message));
      incoming.on("end", () => resolve(incoming.statusCode === 200 ? ms : `status ${incoming.statusCode}`));
    });
    outgoing.end(body);
  });
}

async function run(order: LoadOrder): Promise<LoadAnswer> {
  const { model, maxTokens, promptBytes } = order;
  const prompt = promptOf(promptBytes);
  const body = Buffer.from(JSON.stringify({ model, prompt, stream: true, max_tokens: maxTokens }));
  const times = sendTimesMs(order.requestsPerS, order.seconds, seededRandom(order.seed));
  const outcomes: Promise<number | string>[] = [];
  const lateMs: number[] = [];
  const startMs = performance.now() + 20;
  while (outcomes.length < times.length) {
    const nowMs = performance.now();
    for (let at = times[outcomes.length]; at !== undefined && startMs + at <= nowMs; at = times[outcomes.length]) {
      lateMs.push(nowMs - startMs - at);
      outcomes.push(send(order, body, startMs + at));
    }
    const next = times[outcomes.length];
    if (next !== undefined) await new Promise((wake) => setTimeout(wake, Math.max(0, startMs + next - nowMs)));
  }
  const all = await Promise.all(outcomes);
  return {
    sent: all.length,
    ttfbMs: all.filter((outcome) => typeof outcome === "number"),
    failures: all.filter((outcome) => typeof outcome === "string"),
    lateMs,
  };
}

answerOrders(run);
