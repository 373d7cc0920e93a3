/** The way of a request's bytes through the gateway, and of its answer's: nothing is lost, added, held back or copied in vain. */
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { Http2Client } from "../helpers/http2.ts";
import type { ReceivedRequest, StubServer } from "../helpers/stub-server.ts";

/** Not rewritten, rewritten to travel-helper-v1. */
const models = ["qwen", "travel-helper"] as const;

describe("the way of a request", () => {
  let gateway: TestGateway;
  let server: StubServer;
  let http2: Http2Client;

  before(async () => {
    gateway = await TestGateway.start({ servers: 1, stub: { cacheTokens: 1_000_000 } });
    server = gateway.servers[0] as StubServer;
    http2 = new Http2Client(gateway.port);
  });
  after(async () => {
    http2.close();
    await gateway.stop();
  });
  beforeEach(() => {
    server.received.length = 0;
    server.answerAtOnce = true;
  });

  const last = (): ReceivedRequest => {
    const received = server.received.at(-1);
    assert.ok(received !== undefined, "the server got nothing");
    return received;
  };
  const asServed = (body: string): string => body.replace('"travel-helper"', '"travel-helper-v1"');

  for (const model of models) {
    const body = `{"seed": 12345678901234567890, "prompt":"\\u003c&\\ud83d\\ude00 é \\/", "model":"${model}", "temperature":1.0,"x":123456789012345678901234567890}`;

    it(`keeps every byte but the model's, HTTP/1.1 (${model})`, async () => {
      const answer = await gateway.ask({
        method: "POST",
        path: "/v1/completions",
        headers: { "content-type": "application/json" },
        body,
      });
      assert.equal(answer.status, 200);
      assert.equal(last().body, asServed(body));
      assert.equal(last().headers["content-length"], String(Buffer.byteLength(asServed(body))));
    });

    it(`takes a body in chunks without a length (${model})`, async () => {
      const answer = await chunked([body.slice(0, 20), body.slice(20, 70), body.slice(70)]);
      assert.equal(answer, 200);
      assert.equal(last().body, asServed(body));
    });

    it(`says 100 Continue before the body is sent (${model})`, async () => {
      let continued = false;
      const status = await chunked([body], { expect: "100-continue" }, () => (continued = true));
      assert.equal(status, 200);
      assert.ok(continued);
      assert.equal(last().body, asServed(body));
    });

    it(`takes an HTTP/2 body in frames, with and without trailers (${model})`, async () => {
      const pieces = [body.slice(0, 30), body.slice(30)];
      for (const trailers of [undefined, { "x-checksum": "1" }]) {
        const answer = await http2.ask({ path: "/v1/completions", pieces, ...(trailers && { trailers }) });
        assert.equal(answer.status, 200);
        assert.equal(last().body, asServed(body));
      }
    });

    it(`carries 1 MB and 20 MB (${model})`, async () => {
      for (const size of [1_000_000, 20_000_000]) {
        const large = JSON.stringify({ prompt: "p".repeat(size), model, max_tokens: 8 });
        const answer = await gateway.ask({
          method: "POST",
          path: "/v1/completions",
          headers: { "content-type": "application/json" },
          body: large,
        });
        assert.equal(answer.status, 200);
        assert.ok(last().body === asServed(large), `the body of ${size} bytes differs`);
      }
    });
  }

  it("gives the body to the picker only where the model is renamed", async () => {
    const sent = (): Promise<number> =>
      gateway.metric(
        "envoy_cluster_upstream_cx_tx_bytes_total",
        'envoy_cluster_name="antechamber-picker"',
        "/metrics/envoy",
      );
    const cost = async (model: string): Promise<number> => {
      const before = await sent();
      assert.equal((await gateway.completion(model, { prompt: "p".repeat(300_000) })).status, 200);
      return (await sent()) - before;
    };
    const notRenamed = await cost("qwen");
    const renamed = await cost("travel-helper");
    assert.ok(notRenamed > 0 && notRenamed < 50_000, `${notRenamed} bytes for the headers alone`);
    assert.ok(renamed > 300_000, `${renamed} bytes with the body`);
  });

  for (const model of models) {
    it(`passes each piece of a streamed answer on as it comes, HTTP/1.1 (${model})`, async () => {
      server.answerAtOnce = false;
      const pieces: string[] = [];
      const ended = chunked([JSON.stringify({ model, prompt: "x", stream: true })], {}, undefined, (piece) =>
        pieces.push(piece),
      );
      await streamThrough(pieces);
      assert.equal(await ended, 200);
    });

    it(`passes each piece of a streamed answer on as it comes, HTTP/2 (${model})`, async () => {
      server.answerAtOnce = false;
      const pieces: string[] = [];
      const ended = http2.ask({
        path: "/v1/chat/completions",
        pieces: [JSON.stringify({ model, messages: [], stream: true })],
        onPiece: (piece) => pieces.push(piece),
      });
      await streamThrough(pieces);
      const { status, headers } = await ended;
      assert.equal(status, 200);
      assert.equal(headers["content-type"], "text/event-stream");
    });
  }

  /** The server sends a piece only once the client has the one before it. */
  async function streamThrough(pieces: readonly string[]): Promise<void> {
    const request = await eventually("the request at the server", () => server.received[0]);
    for (let count = 1; count <= 5; count++) {
      request.write(`data: {"n":${count}}\n\n`);
      await eventually(`piece ${count}`, () => (pieces.length >= count ? true : undefined));
      assert.deepEqual(
        pieces,
        Array.from({ length: count }, (_, index) => `data: {"n":${index + 1}}\n\n`),
      );
    }
    request.answer();
  }

  /** A body without a length, piece by piece, and the status of its answer. */
  function chunked(
    pieces: readonly string[],
    headers: Readonly<Record<string, string>> = {},
    onContinue?: () => void,
    onPiece?: (piece: string) => void,
  ): Promise<number> {
    return new Promise((done, fail) => {
      const options = { host: "127.0.0.1", port: gateway.port, path: "/v1/completions", method: "POST", agent: false };
      const outgoing = httpRequest(
        { ...options, headers: { "content-type": "application/json", ...headers } },
        (answer) => {
          answer.setEncoding("utf8");
          answer.on("data", (piece: string) => onPiece?.(piece));
          answer.on("error", fail);
          answer.on("end", () => done(answer.statusCode ?? 0));
        },
      );
      outgoing.on("error", fail);
      const send = (): void => {
        for (const piece of pieces) outgoing.write(piece);
        outgoing.end();
      };
      if (onContinue === undefined) return send();
      outgoing.once("continue", () => {
        onContinue();
        send();
      });
      outgoing.flushHeaders();
    });
  }
});
