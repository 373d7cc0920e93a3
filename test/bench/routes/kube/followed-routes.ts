import type { KubeApi, KubeObject } from "../../../../src/kube/api.ts";
import { Outage } from "../../../../src/kube/outage.ts";
import { startReflector } from "../../../../src/kube/reflector.ts";
import { systemClock } from "../../../../src/lib/clock.ts";
import { silentLog } from "../../../../src/observe/log.ts";
import { httpRoutes, namespace } from "./objects.ts";

/** What the API server has, as its watch says. */
export interface FollowedRoutes {
  /** How many are Accepted. */
  accepted(): number;
  /** By name; another one after each write. */
  versions(): ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export function followRoutes(api: KubeApi): FollowedRoutes {
  const routes = new Map<string, { readonly version: string; readonly isAccepted: boolean }>();
  const reflector = startReflector({
    api,
    resources: [httpRoutes],
    selection: { namespace },
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    outage: new Outage(systemClock, silentLog),
    onEvent(event) {
      if (event.type === "put")
        for (const object of event.objects)
          routes.set(object.metadata.name, {
            version: object.metadata.resourceVersion ?? "",
            isAccepted: isAccepted(object),
          });
      else if (event.type === "deleted") routes.delete(event.name.slice(namespace.length + 1));
    },
  });
  return {
    accepted: () => [...routes.values()].filter((route) => route.isAccepted).length,
    versions: () => new Map([...routes].map(([name, { version }]) => [name, version])),
    stop: () => reflector.stop(),
  };
}

export function isAccepted({ status }: KubeObject): boolean {
  const { parents = [] } = (status ?? {}) as { readonly parents?: readonly Parent[] };
  return parents.some(({ conditions }) =>
    conditions.some((each) => each.type === "Accepted" && each.status === "True"),
  );
}

interface Parent {
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}
