/**
 * How a picker that is not ours answers. It is sent a small request in two parts: one that answers the first part by
 * itself answers part by part; one that waits for the end, or then gives the body back, speaks the protocol's full
 * duplex. Whatever it then picks or refuses, no server hears of it.
 */
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ProcessingMode_BodySendMode as BodyMode } from "../../gen/envoy/extensions/filters/http/ext_proc/v3/processing_mode.ts";
import {
  ExternalProcessorService,
  type ProcessingRequest,
  type ProcessingResponse,
} from "../../gen/envoy/service/ext_proc/v3/external_processor.ts";
import type { Clock } from "../../lib/clock.ts";
import type { PickerChain } from "../../model/ir.ts";
import type { ProbePicker } from "./picker-chains.ts";

/** Much longer than one that answers part by part takes for it. */
const firstPartMs = 500;
const wholeMs = 3_000;

export function createPickerProbe(clock: Clock): ProbePicker {
  return ({ address, tls, authority }) =>
    new Promise((done) => {
      // Pickers make their own certificates.
      const trust = tls
        ? credentials.createSsl(null, null, null, { rejectUnauthorized: false, checkServerIdentity: () => undefined })
        : credentials.createInsecure();
      const client = new Client(address, trust, {
        "grpc.default_authority": authority,
        "grpc.ssl_target_name_override": authority,
        "grpc.enable_retries": 0,
      });
      const { path, requestSerialize, responseDeserialize } = ExternalProcessorService.process;
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
      let isWhole = false;
      const settle = (chain: PickerChain | undefined): void => {
        cancelSecond();
        cancelEnd();
        call.cancel();
        client.close();
        done(chain);
      };
      const cancelSecond = clock.after(firstPartMs, () => {
        isWhole = true;
        call.write(lastPart);
      });
      const cancelEnd = clock.after(wholeMs, () => settle(undefined));
      call.on("data", (response: ProcessingResponse) => {
        const chain = chainOf(response, isWhole);
        if (chain !== undefined) settle(chain);
      });
      call.on("error", ({ code }: ServiceError) => settle(isWhole && spoken(code) ? "full-duplex" : undefined));
      call.on("end", () => settle(undefined));
      for (const message of firstParts) call.write(message);
    });
}

/** Whether a picker says so of a request that it has read, and not a connection of a picker that is not there. */
function spoken(code: status): boolean {
  return code !== status.UNAVAILABLE && code !== status.CANCELLED && code !== status.DEADLINE_EXCEEDED;
}

/** Undefined: what comes next will tell. */
function chainOf({ response }: ProcessingResponse, isWhole: boolean): PickerChain | undefined {
  if (response?.$case === "requestBody") {
    const mutation = response.value.response?.bodyMutation?.mutation;
    return mutation?.$case === "streamedResponse" ? "full-duplex" : "buffered";
  }
  // Before the body is whole: then it answers each message as it comes.
  if (response?.$case === "requestHeaders") return isWhole ? undefined : "buffered";
  return response?.$case === "immediateResponse" && isWhole ? "full-duplex" : undefined;
}

const body = Buffer.from('{"model":"antechamber-probe","prompt":"","max_tokens":1}');
const half = body.length >> 1;

const firstParts: readonly ProcessingRequest[] = [
  {
    request: {
      $case: "requestHeaders",
      value: {
        headers: {
          headers: Object.entries({
            ":method": "POST",
            ":path": "/v1/completions",
            ":scheme": "http",
            ":authority": "antechamber-probe",
            "content-type": "application/json",
            "content-length": `${body.length}`,
            "x-request-id": "antechamber-probe",
          }).map(([key, value]) => ({ key, rawValue: Buffer.from(value) })),
        },
      },
    },
    protocolConfig: { requestBodyMode: BodyMode.FULL_DUPLEX_STREAMED },
  },
  { request: { $case: "requestBody", value: { body: body.subarray(0, half) } } },
];

const lastPart: ProcessingRequest = {
  request: { $case: "requestBody", value: { body: body.subarray(half), endOfStream: true } },
};
