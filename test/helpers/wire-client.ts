import { type ClientDuplexStream, credentials, type ServiceError } from "@grpc/grpc-js";
import { AggregatedDiscoveryServiceClient } from "../../src/gen/envoy/service/discovery/v3/ads.ts";
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from "../../src/gen/envoy/service/discovery/v3/discovery.ts";
import { type ResourceType, resourceTypes, typeUrls } from "../../src/xds/snapshot.ts";
import { answer, XdsClient } from "./xds-client.ts";

const noNeeds: readonly string[] = [];

/** XdsClient over gRPC on a Unix socket: an Envoy without Envoy. */
export class WireClient {
  readonly model: XdsClient;
  /** What arrived: "cluster +a -b". */
  readonly told: string[] = [];
  readonly ended: Promise<ServiceError | undefined>;
  readonly #client: AggregatedDiscoveryServiceClient;
  readonly #call: ClientDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>;

  constructor(
    socket: string,
    options: { readonly needs: ReadonlyMap<string, readonly string[]>; readonly model?: XdsClient },
  ) {
    this.model = options.model ?? new XdsClient();
    this.#client = new AggregatedDiscoveryServiceClient(`unix:${socket}`, credentials.createInsecure());
    this.#call = this.#client.deltaAggregatedResources();
    this.ended = new Promise((done) => {
      this.#call.on("error", (error: ServiceError) => done(error));
      this.#call.on("end", () => done(undefined));
    });
    this.#call.on("data", (response) => this.#receive(response, options.needs));
  }

  /** The node goes with the first message of a stream only. */
  open(node: NonNullable<DeltaDiscoveryRequest["node"]>): void {
    const [first, ...others] = this.model.connect().map(toWire);
    this.send({ ...first, node });
    for (const request of others) this.send(request);
  }

  send(request: DeltaDiscoveryRequest): void {
    this.#call.write(request);
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }

  #receive(response: DeltaDiscoveryResponse, needs: ReadonlyMap<string, readonly string[]>): void {
    const type = resourceTypes.find((candidate) => typeUrls[candidate] === response.typeUrl);
    if (type === undefined) throw new Error(`Cannot read a response: its type is "${response.typeUrl}"`);
    const removed = response.removedResources ?? [];
    const resources = (response.resources ?? []).map(({ name = "", version = "", resource }) => {
      const body = resource?.value ?? Buffer.of();
      return { name, version, body, origins: [], needs: needs.get(`${type}/${name}`) ?? noNeeds };
    });
    this.told.push([type, ...resources.map(({ name }) => `+${name}`), ...removed.map((name) => `-${name}`)].join(" "));
    for (const request of this.model.receive({ type, nonce: response.nonce ?? "", resources, removed }))
      this.send(toWire(request));
  }
}

export function toWire(request: ReturnType<XdsClient["connect"]>[number]): DeltaDiscoveryRequest {
  const { type, subscribe, unsubscribe, initialVersions, nonce, refusal } = request;
  return {
    typeUrl: typeUrls[type],
    resourceNamesSubscribe: [...subscribe],
    resourceNamesUnsubscribe: [...unsubscribe],
    initialResourceVersions: Object.fromEntries(initialVersions),
    responseNonce: nonce,
    ...(refusal === undefined ? {} : { errorDetail: { code: 3, message: refusal } }),
  };
}

export function subscribe(type: ResourceType, ...names: readonly string[]): DeltaDiscoveryRequest {
  return toWire({ ...answer(type, ""), subscribe: names });
}
