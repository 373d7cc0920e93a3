import { Memo } from "../lib/memo.ts";
import type { ParentView } from "./attach.ts";
import type { Backend } from "./backends.ts";
import type { ClusterIr, GatewayIr, PoolIr, PortIr } from "./ir.ts";
import type { AttachedPolicies } from "./policies.ts";
import type { PoolFace } from "./pools.ts";
import type { RuleEntry, RuleView } from "./rules.ts";
import type { HostView } from "./virtual-hosts.ts";

/** What one model remembers of its last build. */
export interface ModelMemory {
  readonly poolIrs: Memo<PoolIr>;
  readonly poolFaces: Memo<PoolFace>;
  readonly backends: Memo<Backend>;
  readonly policies: Memo<AttachedPolicies>;
  readonly parents: Memo<ParentView>;
  readonly rules: Memo<RuleView>;
  readonly buckets: Memo<readonly RuleEntry[]>;
  readonly hosts: Memo<HostView>;
  readonly ports: Memo<PortIr>;
  readonly clusters: Memo<ClusterIr>;
  readonly gateways: Memo<GatewayIr>;
}

export function createMemory(): ModelMemory {
  return {
    poolIrs: new Memo(),
    poolFaces: new Memo(),
    backends: new Memo(),
    policies: new Memo(),
    parents: new Memo(),
    rules: new Memo(),
    buckets: new Memo(),
    hosts: new Memo(),
    ports: new Memo(),
    clusters: new Memo(),
    gateways: new Memo(),
  };
}
