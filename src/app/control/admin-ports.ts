import type { ProxyView, ReadinessCheck } from "../../admin/ports.ts";
import type { ProxyState } from "../../xds/proxy-state.ts";
import { resourceTypes } from "../../xds/snapshot.ts";
import type { EnvoyReport } from "../messages.ts";

/** A proxy as the admin API shows it: what the xDS stream says of it and, of a child process, what the supervisor says. */
export function proxyViews(
  proxies: readonly ProxyState[],
  envoys: readonly EnvoyReport[],
  isHeld: (gateway: string) => boolean,
  nowMs: number,
): readonly ProxyView[] {
  const byNode = new Map(envoys.filter(({ nodeId }) => nodeId !== "").map((envoy) => [envoy.nodeId, envoy]));
  const connected = proxies.map((proxy) => connectedView(proxy, byNode.get(proxy.node), isHeld(proxy.gateway), nowMs));
  const nodes = new Set(proxies.map(({ node }) => node));
  const absent = envoys
    .filter(({ nodeId }) => !nodes.has(nodeId))
    .map((envoy) => ({
      nodeId: envoy.nodeId,
      gateway: envoy.gateway,
      connected: false,
      types: [],
      process: processView(envoy),
    }));
  return [...connected, ...absent];
}

function connectedView(proxy: ProxyState, envoy: EnvoyReport | undefined, held: boolean, nowMs: number): ProxyView {
  const { node, gateway, version, ackedSequence, wantedSequence, types } = proxy;
  return {
    nodeId: node,
    gateway,
    connected: true,
    ...(version !== undefined && { version }),
    ...(ackedSequence !== undefined && { acknowledgedSequence: ackedSequence }),
    ...(wantedSequence !== undefined && { sequence: wantedSequence }),
    types: resourceTypes.map((type) => {
      const { state, resources, sentAtMs, ackedAtMs, lastError } = types[type];
      const sinceMs = state === "SYNCED" ? ackedAtMs : sentAtMs;
      return {
        type,
        state: state === "SYNCED" && held ? "HELD" : state,
        resources,
        ...(sinceMs !== undefined && { ageMs: Math.max(0, nowMs - sinceMs) }),
        ...(lastError !== undefined && { lastError }),
      };
    }),
    ...(envoy !== undefined && { process: processView(envoy) }),
  };
}

function processView(envoy: EnvoyReport): NonNullable<ProxyView["process"]> {
  const { phase, pid, adminSocket, detail, restarts, portProblems } = envoy;
  return {
    phase,
    ...(pid !== undefined && { pid }),
    ...(adminSocket !== "" && { adminSocket }),
    ...(detail !== "" && { detail }),
    restarts,
    portProblems: portProblems.map(({ problem }) => problem),
  };
}

export function check(name: string, ready: boolean, reason: string): ReadinessCheck {
  return ready ? { name, ready } : { name, ready, reason };
}
