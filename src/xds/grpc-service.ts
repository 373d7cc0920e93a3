/** The aggregated discovery service on a grpc-js server; the one place that knows grpc-js. */
import {
  Server,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { AggregatedDiscoveryServiceService } from "../gen/envoy/service/discovery/v3/ads.ts";
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from "../gen/envoy/service/discovery/v3/discovery.ts";
import { type ListenAddress, type Listening, listen } from "../grpc/listen.ts";
import { type Peer, peerOf } from "../grpc/peer.ts";

export type DeltaCall = ServerDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>;

/** A reconnecting Envoy lists every name that it holds in one request; grpc-js takes 4 MiB unless told otherwise. */
const maxReceivedBytes = 64 * 1024 * 1024;

/** Node ends a session whose peer resets more streams than this; grpc-js has no option for it. */
const streamResets = { streamResetBurst: 1e9, streamResetRate: 1e9 };

/** The older form of the protocol: a bootstrap that asks for it gets a reason, not "unknown method". */
const stateOfTheWorld = {
  path: "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
  requestStream: true,
  responseStream: true,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

export class DiscoveryService {
  readonly #server = new Server({
    "grpc.max_receive_message_length": maxReceivedBytes,
    "grpc.max_send_message_length": -1,
  });
  #listening: Listening | undefined;

  constructor(onStream: (call: DeltaCall, peer: Peer) => void) {
    Object.assign(this.#server["commonServerOptions"], streamResets);
    const service: ServiceDefinition = {
      ...AggregatedDiscoveryServiceService,
      streamAggregatedResources: stateOfTheWorld,
    };
    const implementation: UntypedServiceImplementation = {
      deltaAggregatedResources: (call: DeltaCall) => onStream(call, peerOf(call, this.#listening?.secured === true)),
      streamAggregatedResources: (call: ServerDuplexStream<Buffer, Buffer>) => {
        const details = "Cannot serve StreamAggregatedResources: set api_type DELTA_GRPC in the bootstrap's ads_config";
        // A call without a listener for "error" takes the thread with it.
        call.on("error", () => {});
        call.emit("error", { code: status.UNIMPLEMENTED, details });
      },
    };
    this.#server.addService(service, implementation);
  }

  /** The port, where it is one. */
  async listen(at: ListenAddress | string): Promise<number> {
    this.#listening = await listen(this.#server, at);
    return this.#listening.port;
  }

  /** A peer that keeps its connection would never find another replica: it asks for that by name when it connects. */
  disconnect(graceMs: number): void {
    this.#listening?.disconnect(graceMs);
  }

  /** Resolves once every stream has ended; those that a peer keeps open are cut when `limit` resolves. */
  async stop(limit: Promise<void>): Promise<void> {
    await Promise.race([new Promise<void>((done) => this.#server.tryShutdown(() => done())), limit]);
    this.#server.forceShutdown();
  }
}

/** Ends a call with a status that says why. */
export function refuse(
  call: DeltaCall,
  code: "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "PERMISSION_DENIED" | "UNAVAILABLE" | "INTERNAL",
  details: string,
): void {
  call.emit("error", { code: status[code], details });
}
