import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { AggregatedDiscoveryServiceService } from "../../src/gen/envoy/service/discovery/v3/ads.ts";
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from "../../src/gen/envoy/service/discovery/v3/discovery.ts";
import { type ResourceType, resourceTypes, type Snapshot, typeUrls } from "../../src/xds/snapshot.ts";

type Call = ServerDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>;

/**
 * Sends one snapshot after the other to one Envoy, type by type, each after the one before was answered. It knows
 * nothing of gates, versions or reconnects: it is here to see what Envoy makes of the resources.
 */
export class AdsServer {
  readonly refusals: string[] = [];
  readonly #server = new Server({ "grpc.max_receive_message_length": -1 });
  readonly #subscribed = new Map<ResourceType, Set<string>>(resourceTypes.map((type) => [type, new Set()]));
  readonly #answers = new Map<string, () => void>();
  #call: Call | undefined;
  #snapshot: Snapshot | undefined;
  #nonce = 0;

  async listen(socket: string): Promise<void> {
    this.#server.addService(AggregatedDiscoveryServiceService, {
      deltaAggregatedResources: (call: Call) => {
        this.#call = call;
        call.on("error", () => {});
        call.on("data", (request: DeltaDiscoveryRequest) => this.#receive(request));
        call.on("end", () => call.end());
      },
    });
    await new Promise<void>((done, fail) => {
      this.#server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? fail(error) : done(),
      );
    });
  }

  /** Resolves once every type was answered; what Envoy refused stands in `refusals`. */
  async publish(snapshot: Snapshot): Promise<void> {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    for (const type of resourceTypes) {
      const names = type === "cluster" || type === "listener" ? undefined : this.#subscribed.get(type);
      const gone = [...(before?.resources[type].keys() ?? [])].filter((name) => !snapshot.resources[type].has(name));
      await this.#send(type, names, gone);
    }
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #receive(request: DeltaDiscoveryRequest): void {
    const type = resourceTypes.find((candidate) => typeUrls[candidate] === request.typeUrl);
    if (type === undefined) return;
    if (request.errorDetail !== undefined) this.refusals.push(`${type}: ${request.errorDetail.message}`);
    this.#answers.get(request.responseNonce ?? "")?.();
    const opening = request.responseNonce === "" && (request.resourceNamesUnsubscribe ?? []).length === 0;
    const wildcard = type === "cluster" || type === "listener";
    if (opening && wildcard && this.#snapshot !== undefined) void this.#send(type, undefined, []);
    const fresh = (request.resourceNamesSubscribe ?? []).filter((name) => name !== "*");
    for (const name of fresh) this.#subscribed.get(type)?.add(name);
    if (fresh.length > 0) void this.#send(type, new Set(fresh), []);
  }

  /** `names`: only those; undefined: all of the type. */
  #send(type: ResourceType, names: ReadonlySet<string> | undefined, removedResources: string[]): Promise<void> {
    const all = [...(this.#snapshot?.resources[type].values() ?? [])];
    const resources = names === undefined ? all : all.filter(({ name }) => names.has(name));
    const isEmpty = resources.length + removedResources.length === 0;
    // Envoy waits for clusters and listeners until it is told that there are none.
    if (this.#call === undefined || (isEmpty && names !== undefined)) return Promise.resolve();
    const nonce = String(++this.#nonce);
    const answered = new Promise<void>((done) => this.#answers.set(nonce, done));
    this.#call.write({
      typeUrl: typeUrls[type],
      nonce,
      removedResources,
      resources: resources.map(({ name, version, body }) => ({
        name,
        version,
        resource: { typeUrl: typeUrls[type], value: Buffer.from(body) },
      })),
    });
    return answered;
  }
}
