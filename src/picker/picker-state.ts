/** The picker's state as other threads see it. */

import type { ServerDirectory } from "../pool/directory.ts";
import type { Endpoint } from "../pool/endpoint.ts";
import type { Moment } from "./flow/ports.ts";
import type { EndpointState, PickerState, QueueState } from "./messages.ts";
import type { PoolRuntime } from "./pool-runtime.ts";

export function pickerState(
  pools: Iterable<PoolRuntime>,
  directory: ServerDirectory,
  clustersInUse: PickerState["clustersInUse"],
  now: Moment,
): PickerState {
  return {
    queues: Array.from(pools, (pool) => queueState(pool, now)),
    endpoints: Array.from(directory.endpoints(), (endpoint) => endpointState(endpoint, now)),
    clustersInUse,
  };
}

function queueState({ ir, flow, scheduler }: PoolRuntime, now: Moment): QueueState {
  const { waiting, waitingBytes, bands, outcomes } = flow.stats(now);
  const { queueing, admission, maxQueuedRequests, maxQueuedBytes } = ir.settings;
  return {
    pool: ir.key,
    queueing,
    admission,
    saturated: scheduler.saturated(now),
    bands,
    waiting,
    waitingBytes,
    limits: { requests: maxQueuedRequests, bytes: maxQueuedBytes },
    outcomes,
  };
}

function endpointState(endpoint: Endpoint, { monotonicMs }: Moment): EndpointState {
  const { server, members, name, lastError, answeredAtMs } = endpoint;
  const { reading } = server;
  let inFlightTokens = 0;
  for (const lease of server.leases.values()) inFlightTokens += lease.promptTokens + lease.outputTokens;
  return {
    address: server.address,
    name,
    pools: [...members.keys()],
    state: server.state,
    kind: server.kind,
    inFlight: server.leases.size,
    inFlightTokens,
    ...(answeredAtMs === undefined ? {} : { readingAgeMs: Math.round(monotonicMs - answeredAtMs) }),
    ...(reading === undefined ? {} : { waiting: reading.waiting, running: reading.running }),
    ...(reading?.kvCacheUtil === undefined ? {} : { kvCacheUtil: reading.kvCacheUtil }),
    ...(reading?.generationTokensTotal === undefined ? {} : { generatedTokensTotal: reading.generationTokensTotal }),
    ...(server.cacheTokens === undefined ? {} : { kvCacheTokens: server.cacheTokens }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}
