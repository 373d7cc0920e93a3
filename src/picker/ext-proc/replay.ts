import type { ProcessingRequest } from "../../gen/envoy/service/ext_proc/v3/external_processor.ts";

/**
 * Envoy keeps 64 KiB of what it sent of a call to send it again; beyond that the call fails instead. Some of it goes to
 * the frames, and our count of a message is an estimate: the rest is for both.
 */
const keptBytes = 60 * 1024;

/** About as long as the message was on the wire. */
export function messageBytes({ request }: ProcessingRequest): number {
  if (request?.$case === "requestBody") return request.value.body?.length ?? 0;
  if (request?.$case !== "requestHeaders") return 0;
  const headers = request.value.headers?.headers ?? [];
  const length = ({ key = "", value = "", rawValue }: (typeof headers)[number]): number =>
    key.length + (rawValue?.length || value.length) + headerFrameBytes;
  return headers.reduce((sum, header) => sum + length(header), attributesBytes);
}

/** Whether a proxy that is told UNAVAILABLE can ask another picker the same; nothing may have been answered. */
export function isReplayable(sentBytes: number): boolean {
  return sentBytes <= keptBytes;
}

const headerFrameBytes = 8;
const attributesBytes = 512;
