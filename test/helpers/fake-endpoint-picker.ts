import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import type { HeaderValue } from "../../src/gen/envoy/config/core/v3/base.ts";
import {
  ExternalProcessorService,
  type HeaderMutation,
  type ProcessingRequest,
  type ProcessingResponse,
} from "../../src/gen/envoy/service/ext_proc/v3/external_processor.ts";
import { destination } from "../../src/lib/wire.ts";
import { makeCertificate } from "./certificates.ts";

type Call = ServerDuplexStream<ProcessingRequest, ProcessingResponse>;

export interface Picked {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Told in the response phase. */
  served?: string;
  /** Parts of the answer's body that it saw. */
  answerParts: number;
}

export interface FakeEndpointPickerOptions {
  /**
   * "full-duplex": as the full pickers of the field, all at the end of the body. "part-by-part": as the conformance
   * suite's, an empty reply to each part of the body, the headers' with the last.
   */
  readonly answers: "full-duplex" | "part-by-part";
  readonly tls: boolean;
}

/** A picker that is not ours, on a port of its own. */
export class FakeEndpointPicker {
  /** "ip:port[,ip:port...]", or the answer in its place. */
  decide: (headers: Readonly<Record<string, string>>) => string | ProcessingResponse = () => "";
  readonly picked: Picked[] = [];
  readonly #options: FakeEndpointPickerOptions;
  #server: Server | undefined;
  #port = 0;

  constructor(options: FakeEndpointPickerOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** Again on the port that it had, after `stop`. */
  async start(): Promise<void> {
    const server = new Server({ "grpc.max_receive_message_length": -1 });
    server.addService(ExternalProcessorService, { process: (call: Call) => this.#process(call) });
    this.#port = await new Promise<number>((done, fail) => {
      const bound = (error: Error | null, port: number): void => (error === null ? done(port) : fail(error));
      void this.#credentials().then((credentials) => server.bindAsync(`127.0.0.1:${this.#port}`, credentials, bound));
    });
    this.#server = server;
  }

  /** At once, as one that is killed. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  async #credentials(): Promise<ServerCredentials> {
    if (!this.#options.tls) return ServerCredentials.createInsecure();
    const { certificate, key } = await makeCertificate({ names: ["epp.test"] });
    return ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }]);
  }

  #process(call: Call): void {
    const isDuplex = this.#options.answers === "full-duplex";
    let headers: Readonly<Record<string, string>> = {};
    let picked: Picked | undefined;
    const chunks: Uint8Array[] = [];
    const pick = (): boolean => {
      const decision = this.decide(headers);
      if (typeof decision !== "string") {
        call.write(decision);
        return false;
      }
      picked = { headers, body: Buffer.concat(chunks), answerParts: 0 };
      this.picked.push(picked);
      call.write({
        response: {
          $case: "requestHeaders",
          value: { response: { headerMutation: setHeader(destination.key, decision), clearRouteCache: true } },
        },
        dynamicMetadata: { [destination.namespace]: { [destination.key]: decision } },
      });
      return true;
    };
    const giveBack = (last: boolean): void => {
      const parts = picked === undefined ? [] : partsOf(picked.body);
      for (const [index, body] of parts.entries())
        call.write(streamed("requestBody", body, last && index === parts.length - 1));
    };
    call.on("error", () => {});
    call.on("end", () => call.end());
    call.on("data", ({ request, metadataContext }: ProcessingRequest) => {
      switch (request?.$case) {
        case "requestHeaders":
          headers = plain(request.value.headers?.headers ?? []);
          if (request.value.endOfStream === true) pick();
          return;
        case "requestBody": {
          const last = request.value.endOfStream === true;
          chunks.push(request.value.body ?? new Uint8Array());
          const isPicked = last && pick();
          if (isDuplex && isPicked) giveBack(true);
          if (!isDuplex && (!last || isPicked)) {
            call.write({ response: { $case: "requestBody", value: { response: {} } } });
          }
          return;
        }
        case "requestTrailers":
          if (isDuplex && pick()) {
            giveBack(false);
            call.write({ response: { $case: "requestTrailers", value: {} } });
          }
          return;
        case "responseHeaders": {
          const served = metadataContext?.filterMetadata?.[destination.namespace]?.[destination.servedKey];
          if (picked !== undefined && typeof served === "string") picked.served = served;
          const mutation = setHeader("x-served", String(served));
          call.write({ response: { $case: "responseHeaders", value: { response: { headerMutation: mutation } } } });
          return;
        }
        case "responseBody":
          if (picked !== undefined) picked.answerParts++;
          call.write(
            streamed("responseBody", request.value.body ?? new Uint8Array(), request.value.endOfStream === true),
          );
          return;
        case "responseTrailers":
          call.write({ response: { $case: "responseTrailers", value: {} } });
          return;
        case undefined:
      }
    });
  }
}

function plain(headers: readonly HeaderValue[]): Readonly<Record<string, string>> {
  return Object.fromEntries(headers.map(({ key, rawValue }) => [key ?? "", Buffer.from(rawValue ?? []).toString()]));
}

function setHeader(key: string, value: string): HeaderMutation {
  return { setHeaders: [{ header: { key, rawValue: Buffer.from(value) } }] };
}

function streamed($case: "requestBody" | "responseBody", body: Uint8Array, endOfStream: boolean): ProcessingResponse {
  const value = {
    response: { bodyMutation: { mutation: { $case: "streamedResponse" as const, value: { body, endOfStream } } } },
  };
  return { response: $case === "requestBody" ? { $case, value } : { $case, value } };
}

/** Below the 64 KiB that the protocol's own pickers send in one message. */
function partsOf(body: Buffer): readonly Buffer[] {
  const size = 62_000;
  const count = Math.max(1, Math.ceil(body.length / size));
  return Array.from({ length: count }, (_, index) => body.subarray(index * size, (index + 1) * size));
}
