import { backendOf, endpointAt, endpointsOf, forward, makeGateway, makeRoute } from "../../helpers/make-ir.ts";
import {
  features,
  pool,
  pools,
  service,
  services,
  toBoth,
  toPool,
  toService,
  withHttp2,
} from "../../helpers/traffic-case.ts";
import type { GoldenCase } from "./golden-case.ts";

const named = (name: string) => (route: { readonly name: string }) => route.name.includes(name);
const somePools = pools.filter(({ key }) => /hashed|named|breaks/.test(key));
const clusters = [...services, withHttp2, ...somePools];

/** Every setting of a cluster, every feature of a route to a Service, and what is different where a pool is named. */
export const input: GoldenCase = {
  gateway: makeGateway(
    [
      { host: "plain.test", routes: features("service", toService, "none") },
      {
        host: "pool.test",
        model: { servedModels: [] },
        routes: [
          ...features("pool", toPool, "needs").filter(named("pool-retry")),
          ...features("mix", toBoth, "needs").filter((route) => named("mix-buffer")(route) || named("mix-up")(route)),
          ...features("mix", toBoth, "needs").filter(named("mix-compressors")),
        ],
      },
      {
        host: "settings.test",
        routes: clusters.map((cluster) => makeRoute(cluster.key.replaceAll("/", "-"), forward([backendOf(cluster)]))),
      },
    ],
    [...clusters, service, pool],
  ),
  endpoints: new Map([
    ...endpointsOf({ "service/default/asked/80": [8001], "pool/v1/default/asked": [8001] }),
    ["service/default/near/80", [endpointAt(8001), { ...endpointAt(8002), zone: "west" }]],
  ]),
};
