import type { Service, ServicePort } from "../resources/kinds/service.ts";
import { pickerClusterKey } from "./clusters.ts";
import type {
  CircuitBreakerIr,
  ClusterIr,
  ExternalPickerIr,
  PassiveCheckIr,
  PickerChain,
  PoolSettingsIr,
} from "./ir.ts";
import { originOf } from "./origins.ts";
import type { PickerFacts } from "./picker-facts.ts";
import type { ExternalPickerWish } from "./pool-annotations.ts";

/** A picker that is not ours, as routes need it. */
export interface ExternalPicker {
  readonly cluster: ClusterIr;
  readonly authority: string;
  readonly chain: PickerChain;
  /** An annotation says the chain: nobody needs to find out. */
  readonly isTold: boolean;
  readonly believes: ExternalPickerIr["believes"];
}

/** What the full pickers of the field speak; one that answers otherwise is found out as soon as it is there. */
const untried: PickerChain = "full-duplex";

export function externalPicker(
  at: { readonly service: Service; readonly port: ServicePort },
  { chain, tls }: ExternalPickerWish,
  { trustClientObjective, trustClientFairness }: PoolSettingsIr,
  { chains }: Pick<PickerFacts, "chains">,
): ExternalPicker {
  const cluster = pickerCluster(at.service, at.port, tls);
  return {
    cluster,
    authority: `${at.service.metadata.name}.${at.service.metadata.namespace}.svc`,
    chain: chain ?? chains.get(cluster.key) ?? untried,
    isTold: chain !== undefined,
    believes: { objective: trustClientObjective, fairnessId: trustClientFairness },
  };
}

const unlimited = 1_000_000;
/** Requests that wait in the picker are open streams. */
const asManyAsCome: CircuitBreakerIr = {
  maxConnections: unlimited,
  maxPendingRequests: unlimited,
  maxRequests: unlimited,
  maxRetries: unlimited,
};

/**
 * One that takes no connection is not tried again for a second: a body that is on its way to it cannot be sent to a
 * server any more, and where it is known that none is there, no body is. What it answers says nothing of its health.
 */
const whileItIsGone: PassiveCheckIr = {
  intervalMs: 500,
  baseEjectionMs: 1_000,
  maxEjectionMs: 1_000,
  maxEjectionPercent: 100,
  consecutive5xx: unlimited,
  consecutiveLocalFailures: 1,
  splitLocalErrors: true,
  alwaysEjectOne: true,
};

/** HTTP/2 to each endpoint of its Service. Pickers make their own certificates, so nobody vouches for them. */
function pickerCluster(service: Service, { port, name = "" }: ServicePort, tls: ExternalPickerWish["tls"]): ClusterIr {
  const { namespace, name: serviceName } = service.metadata;
  return {
    key: pickerClusterKey({ namespace, name: serviceName, port }, tls === "off"),
    origin: originOf(service),
    endpoints: { kind: "service", namespace, name: serviceName, port, portName: name, protocol: "h2c" },
    settings: {
      connectTimeoutMs: 2_000,
      circuitBreaker: asManyAsCome,
      passiveCheck: whileItIsGone,
      // Servers written in Go end connections that are pinged more often than every five minutes.
      tcpKeepalive: { probes: 3, idleSeconds: 10, intervalSeconds: 5 },
      ...(tls === "off" ? {} : { tls: { trust: { kind: "anybody" } } }),
    },
  };
}
