/** Between the protocol's wire form and its plain objects. */
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from "../gen/envoy/service/discovery/v3/discovery.ts";
import { type ResourceType, resourceTypes, typeUrls } from "./snapshot.ts";
import type { DeltaRequest, DeltaResponse } from "./stream/messages.ts";

const typesByUrl: ReadonlyMap<string, ResourceType> = new Map(resourceTypes.map((type) => [typeUrls[type], type]));

/** Undefined: a type that is not served. */
export function fromWire(request: DeltaDiscoveryRequest): DeltaRequest | undefined {
  const type = typesByUrl.get(request.typeUrl ?? "");
  if (type === undefined) return undefined;
  const { errorDetail } = request;
  return {
    type,
    subscribe: request.resourceNamesSubscribe ?? [],
    unsubscribe: request.resourceNamesUnsubscribe ?? [],
    initialVersions: new Map(Object.entries(request.initialResourceVersions ?? {})),
    nonce: request.responseNonce ?? "",
    ...(errorDetail === undefined ? {} : { refusal: errorDetail.message || "no reason given" }),
  };
}

export function toWire({ type, nonce, resources, removed }: DeltaResponse): DeltaDiscoveryResponse {
  const typeUrl = typeUrls[type];
  return {
    typeUrl,
    nonce,
    resources: resources.map(({ name, version, body }) => ({
      name,
      version,
      resource: { typeUrl, value: asBuffer(body) },
    })),
    removedResources: [...removed],
  };
}

function asBuffer(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
