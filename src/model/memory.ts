import { Memo } from "../lib/memo.ts";
import type { Backend } from "./backends.ts";
import type { AssembledPort, GatewayMemory } from "./gateway-ir.ts";
import type { InfrastructureIr } from "./infrastructure.ts";
import type { ClusterIr, GatewayIr, PoolIr } from "./ir.ts";
import type { ListenerBuckets } from "./listener-buckets.ts";
import type { GatewayView } from "./listeners.ts";
import type { AttachedPolicies, PolicyMemory } from "./policies.ts";
import type { WithBodies } from "./policy-bodies.ts";
import type { PoolFace } from "./pools.ts";
import type { ObjectStatus } from "./result.ts";
import type { KeptRoute } from "./routes.ts";

/** What one model remembers of its last build. */
export interface ModelMemory extends GatewayMemory, PolicyMemory {
  readonly poolIrs: Memo<PoolIr>;
  readonly poolFaces: Memo<PoolFace>;
  readonly gatewayViews: Memo<GatewayView>;
  readonly backends: Memo<Backend>;
  readonly routes: Memo<KeptRoute>;
  readonly routeStatuses: Memo<ObjectStatus | undefined>;
  readonly infrastructures: Memo<InfrastructureIr>;
}

export function createMemory(): ModelMemory {
  return {
    poolIrs: new Memo<PoolIr>(),
    poolFaces: new Memo<PoolFace>(),
    gatewayViews: new Memo<GatewayView>(),
    backends: new Memo<Backend>(),
    policies: new Memo<AttachedPolicies>(),
    policyBodies: new Memo<WithBodies>(),
    routes: new Memo<KeptRoute>(),
    routeStatuses: new Memo<ObjectStatus | undefined>(),
    listeners: new Memo<ListenerBuckets>(),
    ports: new Memo<AssembledPort>(),
    clusters: new Memo<ClusterIr>(),
    gateways: new Memo<GatewayIr>(),
    infrastructures: new Memo<InfrastructureIr>(),
  };
}
