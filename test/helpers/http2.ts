/** An HTTP/2 client without TLS. */
import { type ClientHttp2Session, connect } from "node:http2";

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface Http2Ask {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The pieces of the body, each in a frame of its own at least. */
  readonly pieces?: readonly string[];
  /** The request ends with trailers, not with its body. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** The answer's headers are here. */
  readonly onHeaders?: () => void;
  readonly onPiece?: (piece: string) => void;
}

/** One connection, so that requests reach Envoy in the order in which they were sent. */
export class Http2Client {
  readonly #session: ClientHttp2Session;

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on("error", () => {});
  }

  completion(model: string, more: Readonly<Record<string, unknown>> = {}): Promise<Http2Answer> {
    const body = JSON.stringify({ model, prompt: "Say ok", max_tokens: 8, ...more });
    return this.ask({ path: "/v1/completions", pieces: [body] });
  }

  ask({
    path,
    method = "POST",
    headers = {},
    pieces = [],
    trailers,
    onHeaders,
    onPiece,
  }: Http2Ask): Promise<Http2Answer> {
    const typed = pieces.length > 0 ? { "content-type": "application/json" } : {};
    const stream = this.#session.request(
      { ":method": method, ":path": path, ...typed, ...headers },
      { endStream: pieces.length === 0, waitForTrailers: trailers !== undefined },
    );
    if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
    for (const piece of pieces) stream.write(piece);
    if (pieces.length > 0) stream.end();
    return new Promise((done, fail) => {
      let status = 0;
      let received: Readonly<Record<string, unknown>> = {};
      let body = "";
      stream.setEncoding("utf8");
      stream.on("response", (answer) => {
        status = Number(answer[":status"]);
        received = answer;
        onHeaders?.();
      });
      stream.on("data", (piece: string) => {
        body += piece;
        onPiece?.(piece);
      });
      stream.on("error", fail);
      stream.on("end", () => done({ status, headers: received, body }));
    });
  }

  close(): void {
    this.#session.destroy();
  }
}
