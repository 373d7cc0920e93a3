import { backendOf, endpointsOf, forward, makeGateway, makeRoute, serviceCluster } from "../../helpers/make-ir.ts";
import type { GoldenCase } from "./golden-case.ts";

const before = serviceCluster("before");
const after = serviceCluster("after");
const path = (value: string) => ({ match: { path: { type: "prefix", value } as const } });

const last = makeGateway(
  [
    {
      host: "*",
      routes: [
        makeRoute("first", forward([backendOf(after)]), path("/first")),
        makeRoute("changed", forward([backendOf(before)]), path("/changed")),
        makeRoute("last", forward([backendOf(after)])),
      ],
    },
  ],
  [before, after],
);

/** One route is held at what was accepted, another was never accepted, and the rest is as it is wanted. */
export const input: GoldenCase = {
  gateway: makeGateway(
    [
      {
        host: "*",
        routes: [
          makeRoute("new", forward([backendOf(after)]), path("/new/longer")),
          makeRoute("refused", forward([backendOf(after)]), {
            match: { path: { type: "regex", value: "/refused/a{1000}.*" } },
          }),
          makeRoute("first", forward([backendOf(after)]), path("/first")),
          makeRoute("changed", forward([backendOf(after)]), { match: { path: { type: "regex", value: "/c{1000}" } } }),
          makeRoute("last", forward([backendOf(after)])),
        ],
      },
    ],
    [after],
  ),
  endpoints: endpointsOf({ [before.key]: [8001], [after.key]: [8002] }),
  held: new Map([
    ["HTTPRoute/default/changed", { reason: "its expression is too large", last }],
    ["HTTPRoute/default/refused", { reason: "its expression is too large" }],
  ]),
};
