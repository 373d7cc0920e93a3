/** Model servers that cost little: a fixed metrics page, and answers of so many events at a steady pace. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerOrders } from "../process/worker.ts";
import { vllmPage } from "./vllm-page.ts";

export type ServersOrder =
  | { readonly type: "start"; readonly servers: number }
  | { readonly type: "answer"; readonly events: number; readonly everyMs: number }
  | { readonly type: "count" };

export interface ServersAnswer {
  readonly ports: readonly number[];
  /** Answered since the start. */
  readonly scrapes: number;
}

const event = `data: ${JSON.stringify({
  id: "cmpl-0",
  object: "text_completion",
  created: 1_700_000_000,
  model: "served-model",
  choices: [{ index: 0, text: " token", logprobs: null, finish_reason: null }],
})}\n\n`;
const lastEvent = "data: [DONE]\n\n";
const page = vllmPage();
/** What is left of each answer that goes on. */
const running = new Map<ServerResponse, number>();
const ports: number[] = [];
let events = 1;
let scrapes = 0;
let ticker: NodeJS.Timeout | undefined;

function tick(): void {
  for (const [response, left] of running) {
    if (left > 0) {
      response.write(event);
      running.set(response, left - 1);
    } else {
      running.delete(response);
      response.end(lastEvent);
    }
  }
}

async function startServer(): Promise<number> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.url === "/metrics") {
      scrapes++;
      response.end(page);
      return;
    }
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(event);
      running.set(response, events - 1);
      response.on("close", () => running.delete(response));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

answerOrders(async (order: ServersOrder): Promise<ServersAnswer> => {
  switch (order.type) {
    case "start":
      for (let index = 0; index < order.servers; index++) ports.push(await startServer());
      break;
    case "answer":
      events = order.events;
      clearInterval(ticker);
      ticker = setInterval(tick, order.everyMs);
      break;
    case "count":
  }
  return { ports, scrapes };
});
