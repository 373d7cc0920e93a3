import { Server, ServerCredentials, type ServerDuplexStream, type ServerReadableStream } from "@grpc/grpc-js";
import type { HTTPAccessLogEntry } from "../../src/gen/envoy/data/accesslog/v3/accesslog.ts";
import { AccessLogServiceService, type StreamAccessLogsMessage } from "../../src/gen/envoy/service/accesslog/v3/als.ts";
import {
  type CommonResponse,
  CommonResponse_ResponseStatus,
  ExternalProcessorService,
  type ProcessingRequest,
  type ProcessingResponse,
} from "../../src/gen/envoy/service/ext_proc/v3/external_processor.ts";
import { destination, placementMetadata, streamMetadata } from "../../src/lib/wire.ts";

export interface Asked {
  /** Initial metadata of the stream. */
  readonly route: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly body: Buffer | undefined;
}

/** "ip:port[,ip:port]", or a whole answer. */
export type Decide = (asked: Asked) => string | ProcessingResponse | Promise<string | ProcessingResponse>;

/** Speaks ext_proc as the picker does and keeps what it was asked; also takes Envoy's access log. */
export class StubPicker {
  decide: Decide = () => "";
  readonly asked: Asked[] = [];
  readonly entries: HTTPAccessLogEntry[] = [];
  readonly #server = new Server({ "grpc.max_receive_message_length": -1 });
  #placements = 0;

  async listen(socket: string): Promise<void> {
    this.#server.addService(ExternalProcessorService, {
      process: (call: ServerDuplexStream<ProcessingRequest, ProcessingResponse>) => this.#process(call),
    });
    this.#server.addService(AccessLogServiceService, {
      streamAccessLogs: (call: ServerReadableStream<StreamAccessLogsMessage, object>) => {
        call.on("error", () => {});
        call.on("data", (message: StreamAccessLogsMessage) => {
          if (message.logEntries?.$case === "httpLogs") this.entries.push(...(message.logEntries.value.logEntry ?? []));
        });
      },
    });
    await new Promise<void>((done, fail) => {
      this.#server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? fail(error) : done(),
      );
    });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #process(call: ServerDuplexStream<ProcessingRequest, ProcessingResponse>): void {
    const route = Object.fromEntries(
      Object.entries(call.metadata.getMap()).filter(([key]) => Object.values<string>(streamMetadata).includes(key)),
    ) as Record<string, string>;
    let headers: Record<string, string> = {};
    let attributes: Record<string, unknown> = {};
    let bodies = 0;
    let trailers = false;
    const chunks: Uint8Array[] = [];
    const answer = async (body: Buffer | undefined): Promise<void> => {
      const asked: Asked = { route, headers, attributes, body };
      this.asked.push(asked);
      const decision = await this.decide(asked);
      if (typeof decision !== "string") call.write(decision);
      else {
        call.write({
          response: { $case: "requestHeaders", value: { response: trailers ? replaceBody(body) : {} } },
          dynamicMetadata: {
            [destination.namespace]: { [destination.key]: decision },
            [placementMetadata.namespace]: {
              [placementMetadata.key]: `placement-${++this.#placements}`,
              [placementMetadata.poolKey]: route[streamMetadata.pool],
              [placementMetadata.waitedMsKey]: 7,
            },
          },
        });
        for (; bodies > 0 && !trailers; bodies--) call.write({ response: { $case: "requestBody", value: {} } });
      }
    };
    call.on("error", () => {});
    call.on("end", () => call.end());
    call.on("data", ({ request, attributes: given }: ProcessingRequest) => {
      attributes = given?.["envoy.filters.http.ext_proc"] ?? attributes;
      if (request?.$case === "requestHeaders") {
        const list = request.value.headers?.headers ?? [];
        headers = Object.fromEntries(
          list.map(({ key, rawValue }) => [key ?? "", Buffer.from(rawValue ?? []).toString()]),
        );
        const alone = request.value.endOfStream === true || route[streamMetadata.body] !== "1";
        if (alone) void answer(undefined);
      } else if (request?.$case === "requestBody") {
        bodies++;
        chunks.push(request.value.body ?? new Uint8Array());
        const body = Buffer.concat(chunks);
        // With trailers no message says that it is the last.
        const whole = request.value.endOfStream === true || body.length === Number(headers["content-length"]);
        trailers = request.value.endOfStream !== true;
        if (whole) void answer(body);
      }
    });
  }
}

/**
 * The whole body in the reply to the headers. A request with trailers whose body is injected chunk by chunk would
 * reach a server with its body twice where the route may retry, which is a second request on the connection.
 */
function replaceBody(body: Buffer | undefined): CommonResponse {
  return {
    status: CommonResponse_ResponseStatus.CONTINUE_AND_REPLACE,
    bodyMutation: { mutation: { $case: "body", value: body ?? Buffer.alloc(0) } },
  };
}
