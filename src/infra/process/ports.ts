/** Who may listen on a port. Two Envoys on one port would share its connections in silence, so each port is asked for first. */

export interface PortClaim {
  /** "namespace/name". */
  readonly gateway: string;
  /** Names of the listeners on the port. */
  readonly listeners: readonly string[];
  readonly port: number;
}

export interface PortConflict {
  readonly claim: PortClaim;
  readonly holder: PortClaim;
}

/**
 * Claims on a port that another Gateway has. The holder of before keeps it (a new Gateway takes no traffic away);
 * among new ones the first by name has it.
 */
export function findPortConflicts(
  claims: readonly PortClaim[],
  holders: ReadonlyMap<number, string>,
): readonly PortConflict[] {
  const order = claims.toSorted((a, b) => a.port - b.port || (a.gateway < b.gateway ? -1 : 1));
  const first = new Map<number, PortClaim>();
  for (const claim of order) {
    const isHolder = holders.get(claim.port) === claim.gateway;
    if (isHolder || !first.has(claim.port)) first.set(claim.port, claim);
  }
  return order.flatMap((claim) => {
    const holder = first.get(claim.port);
    return holder === undefined || holder.gateway === claim.gateway ? [] : [{ claim, holder }];
  });
}

export function describeConflict({ claim, holder }: PortConflict): string {
  return `Cannot listen on port ${claim.port} for ${describe(claim)}: ${describe(holder)} has it; give one of them another port`;
}

export type PortProbe =
  | { readonly free: true }
  | { readonly free: false; readonly why: "in-use" | "no-right" | "no-address"; readonly owner?: PortOwner }
  | { readonly free: false; readonly why: "failed"; readonly code: string };

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** What is wrong with a port and what to do about it; `bind` is the address that was tried. */
export function describeProbe(claim: PortClaim, bind: string, probe: PortProbe): string | undefined {
  if (probe.free) return undefined;
  const cannot = `Cannot listen on ${bind.includes(":") ? `[${bind}]` : bind}:${claim.port} for ${describe(claim)}`;
  switch (probe.why) {
    case "in-use": {
      const by = probe.owner === undefined ? "another process" : `pid ${probe.owner.pid} (${probe.owner.name})`;
      return `${cannot}: port ${claim.port} is in use by ${by}; stop it, or give the listener another port`;
    }
    case "no-right":
      return `${cannot}: ports below 1024 need a right that this user lacks; give the listener a port from 1024 on`;
    case "no-address":
      return `${cannot}: this machine has no address ${bind}; name another one with --bind`;
    case "failed":
      return `${cannot}: the system answers ${probe.code}`;
  }
}

function describe({ gateway, listeners }: PortClaim): string {
  return `Gateway ${gateway} (listener${listeners.length === 1 ? "" : "s"} ${listeners.join(", ")})`;
}
