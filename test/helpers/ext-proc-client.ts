/** Plays a proxy's ext_proc filter and access log against a picker's socket. */
import { type ClientDuplexStream, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { HTTPAccessLogEntry } from "../../src/gen/envoy/data/accesslog/v3/accesslog.ts";
import { AccessLogServiceClient } from "../../src/gen/envoy/service/accesslog/v3/als.ts";
import {
  CommonResponse_ResponseStatus,
  ExternalProcessorClient,
  type HttpBody,
  type ProcessingRequest,
  type ProcessingResponse,
} from "../../src/gen/envoy/service/ext_proc/v3/external_processor.ts";
import { destination, modelHeader, placementMetadata, streamMetadata } from "../../src/lib/wire.ts";

export interface AskOptions {
  readonly pool?: string;
  readonly model?: string;
  readonly id?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly routeTimeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: the route does not send it. Each part is a message; only `endOfStream` of the last is set. */
  readonly body?: readonly string[];
  /** The last part does not say that it is the last, as with trailers. */
  readonly trailers?: boolean;
  /** "GET": without a body. */
  readonly method?: string;
}

export type Told =
  | {
      readonly kind: "placed";
      readonly endpoints: readonly string[];
      readonly placement: string;
      readonly bodyReplies: number;
      readonly body?: string;
      readonly contentLength?: string;
    }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: string;
    };

/** One request as the proxy sees it. */
export class AskedRequest {
  readonly call: ClientDuplexStream<ProcessingRequest, ProcessingResponse>;
  readonly replies: ProcessingResponse[] = [];
  readonly told: Promise<Told>;

  constructor(call: ClientDuplexStream<ProcessingRequest, ProcessingResponse>, expectedReplies: number) {
    this.call = call;
    this.told = new Promise((done, fail) => {
      call.on("data", (reply: ProcessingResponse) => {
        this.replies.push(reply);
        const first = this.replies[0]?.response;
        if (first?.$case === "immediateResponse" || this.replies.length === expectedReplies) {
          call.end();
          done(toldBy(this.replies));
        }
      });
      call.on("end", () => fail(new Error("Cannot be told: the picker ended the stream")));
      call.on("error", (error: ServiceError) => fail(error));
    });
    this.told.catch(() => {});
  }

  /** As when the client left. */
  leave(): void {
    this.call.cancel();
  }
}

export class ExtProcClient {
  readonly #client: ExternalProcessorClient;
  readonly #accessLog: AccessLogServiceClient;

  constructor(socketPath: string) {
    const options = {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.initial_reconnect_backoff_ms": 50,
      "grpc.max_reconnect_backoff_ms": 100,
    };
    this.#client = new ExternalProcessorClient(`unix:${socketPath}`, credentials.createInsecure(), options);
    this.#accessLog = new AccessLogServiceClient(`unix:${socketPath}`, credentials.createInsecure(), options);
  }

  ask(options: AskOptions = {}): AskedRequest {
    const { pool = "v1/default/qwen", model, body, method = "POST", trailers = false } = options;
    const metadata = new Metadata();
    metadata.set(streamMetadata.pool, pool);
    metadata.set(streamMetadata.cluster, `pool/${pool}`);
    metadata.set(streamMetadata.body, body === undefined ? "0" : "1");
    if (options.routeTimeoutMs !== undefined) metadata.set(streamMetadata.routeTimeoutMs, `${options.routeTimeoutMs}`);
    const call = this.#client.process(metadata);
    const headers = {
      ":method": method,
      "content-type": "application/json",
      ...(body === undefined ? {} : { "content-length": `${Buffer.byteLength(body.join(""))}` }),
      ...(model === undefined ? {} : { [modelHeader]: model }),
      ...options.headers,
    };
    const attributes = { "request.id": options.id ?? `id-${Math.random()}`, "request.time": options.time };
    call.write({
      request: {
        $case: "requestHeaders",
        value: {
          headers: {
            headers: Object.entries(headers).map(([key, value]) => ({ key, rawValue: Buffer.from(value) })),
          },
          endOfStream: method === "GET",
        },
      },
      attributes: { "envoy.filters.http.ext_proc": attributes },
    });
    body?.forEach((part, place) => {
      const value: HttpBody = { body: Buffer.from(part), endOfStream: place === body.length - 1 && !trailers };
      call.write({ request: { $case: "requestBody", value } });
    });
    return new AskedRequest(call, 1 + (trailers ? 0 : (body?.length ?? 0)));
  }

  /** Sends entries on a stream of their own and waits until the picker has taken them. */
  log(...logEntry: readonly HTTPAccessLogEntry[]): Promise<void> {
    return new Promise((done, fail) => {
      const call = this.#accessLog.streamAccessLogs((error) => (error === null ? done() : fail(error)));
      call.write({ logEntries: { $case: "httpLogs", value: { logEntry: [...logEntry] } } });
      call.end();
    });
  }

  stop(): void {
    this.#client.close();
    this.#accessLog.close();
  }
}

function toldBy(replies: readonly ProcessingResponse[]): Told {
  const [first, ...rest] = replies;
  if (first?.response?.$case === "immediateResponse") {
    const { status: code, headers, body } = first.response.value;
    const set = (headers?.setHeaders ?? []).map(({ header }) => [
      header?.key ?? "",
      Buffer.from(header?.rawValue ?? []).toString(),
    ]);
    return {
      kind: "refused",
      status: code?.code ?? 0,
      headers: Object.fromEntries(set) as Record<string, string>,
      body: Buffer.from(body ?? []).toString(),
    };
  }
  if (first?.response?.$case !== "requestHeaders") throw new Error("Cannot read replies: the first is not to headers");
  const length = first.response.value.response?.headerMutation?.setHeaders?.find(
    ({ header }) => header?.key === "content-length",
  );
  const bodies = rest.map(({ response }) => {
    if (response?.$case !== "requestBody") throw new Error("Cannot read replies: a later one is not to a body");
    return response.value.response?.bodyMutation?.mutation;
  });
  const { status: replyStatus, bodyMutation } = first.response.value.response ?? {};
  const whole = replyStatus === CommonResponse_ResponseStatus.CONTINUE_AND_REPLACE ? bodyMutation?.mutation : bodies[0];
  const rewritten = whole?.$case === "body" ? Buffer.from(whole.value).toString() : undefined;
  return {
    kind: "placed",
    endpoints: String(first.dynamicMetadata?.[destination.namespace]?.[destination.key]).split(","),
    placement: String(first.dynamicMetadata?.[placementMetadata.namespace]?.[placementMetadata.key]),
    bodyReplies: bodies.length,
    ...(rewritten === undefined ? {} : { body: rewritten }),
    ...(length === undefined ? {} : { contentLength: Buffer.from(length.header?.rawValue ?? []).toString() }),
  };
}
