import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GatewayIr, PortIr } from "../../../src/model/ir.ts";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { configDump } from "../../../src/xds/dump/config-dump.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { input } from "../../golden/xds/wiring.in.ts";

const options = { bind: "0.0.0.0", streamIdleTimeoutMs: 300_000, accessLogFlushMs: 10_000, reusePort: true };
const filters = /json_to_metadata|sse_to_metadata/;

const build = (gateway: GatewayIr) =>
  createBuilder(options).build({ gateway, endpoints: input.endpoints, held: nothingHeld, sequence: 1 });
const dump = (gateway: GatewayIr, type: string): string => JSON.stringify(configDump(build(gateway), { type }));

/** Every pool among the backends wants token counts. */
const wanting = (gateway: GatewayIr): GatewayIr => ({
  ...gateway,
  ports: gateway.ports.map(
    (port): PortIr => ({
      ...port,
      virtualHosts: port.virtualHosts.map((host) => ({
        ...host,
        routes: host.routes.map((route) =>
          route.action.kind !== "forward"
            ? route
            : {
                ...route,
                action: {
                  ...route.action,
                  backends: route.action.backends.map((backend) =>
                    backend.target.kind === "cluster" && backend.target.pool !== undefined
                      ? {
                          ...backend,
                          target: { ...backend.target, pool: { ...backend.target.pool, tokenUsage: true as const } },
                        }
                      : backend,
                  ),
                },
              },
        ),
      })),
    }),
  ),
});

describe("the filters that read token counts", () => {
  it("stand in every listener, so that no pool's switch changes one", () => {
    assert.match(dump(input.gateway, "listener"), filters);
    assert.equal(dump(wanting(input.gateway), "listener"), dump(input.gateway, "listener"));
  });

  it("are on no route but those of pools that want them, and there on the virtual host too", () => {
    assert.doesNotMatch(dump(input.gateway, "route"), filters);
    assert.match(dump(wanting(input.gateway), "route"), filters);
    const [listed] = configDump(build(wanting(input.gateway)), { type: "route" }).configs as unknown as readonly {
      readonly dynamic_route_configs: readonly {
        readonly route_config: { readonly virtual_hosts: readonly { readonly typed_per_filter_config?: object }[] };
      }[];
    }[];
    const hosts = listed?.dynamic_route_configs.flatMap(({ route_config }) => route_config.virtual_hosts) ?? [];
    assert.ok(
      hosts.some(({ typed_per_filter_config = {} }) => filters.test(Object.keys(typed_per_filter_config).join())),
    );
  });
});
