import { systemClock } from "../../src/lib/clock.ts";
import type { GatewayIr } from "../../src/model/ir.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import type { Hold } from "../../src/xds/hold/hold.ts";
import type { XdsServer } from "../../src/xds/server.ts";
import { endpointsOf } from "./make-ir.ts";

/**
 * The arrows from what is wanted over hold and builder to the server, and back. The result says what is wanted.
 * `ports`: of the servers behind each cluster, by its key.
 */
export function wireHold(
  hold: Hold,
  server: XdsServer,
  ports: Readonly<Record<string, readonly number[]>>,
): (gateway: GatewayIr) => void {
  const options = { bind: "127.0.0.1", streamIdleTimeoutMs: 300_000, accessLogFlushMs: 1_000, reusePort: false };
  const builder = createBuilder(options);
  const endpoints = endpointsOf(ports);
  let sequence = 0;
  const publish = (): void => {
    if (hold.plan === undefined) return;
    sequence += 1;
    hold.publishing(sequence, systemClock.monotonicMs());
    server.publish(builder.build({ ...hold.plan, endpoints, sequence }));
  };
  server.proxies.subscribe((proxies) => {
    if (hold.connected(new Set(proxies.map(({ stream }) => stream)))) publish();
  });
  server.onVerdict((verdict) => {
    if (hold.verdict(verdict)) publish();
  });
  return (gateway) => {
    if (hold.want(gateway)) publish();
  };
}
