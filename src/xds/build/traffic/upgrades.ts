import type {
  Route,
  RouteAction,
  RouteAction_UpgradeConfig,
} from "../../../gen/envoy/config/route/v3/route_components.ts";
import type { ForwardIr, UpgradeIr } from "../../../model/ir.ts";

const connect = "CONNECT";

/** A body that is held would hold an upgraded connection until it ends. */
export const noUpgrades: Pick<RouteAction, "upgradeConfigs"> = {
  upgradeConfigs: [{ upgradeType: "websocket", enabled: false }],
};

/** A list takes the place of what the listener upgrades by itself. */
export function upgrades({ upgrades: listed, bodyLimitBytes }: ForwardIr): Pick<RouteAction, "upgradeConfigs"> {
  if (bodyLimitBytes !== undefined) return noUpgrades;
  if (listed === undefined) return {};
  const websocket = listed.some(({ type }) => type.toLowerCase() === "websocket");
  return {
    upgradeConfigs: [...(websocket ? [] : (noUpgrades.upgradeConfigs ?? [])), ...listed.map(upgrade)],
  };
}

function upgrade({ type, terminate }: UpgradeIr): RouteAction_UpgradeConfig {
  return { upgradeType: type, ...(terminate ? { connectConfig: {} } : {}) };
}

/** CONNECT requests have no path: the same route once more, for them alone. */
export function connectRoutes({ upgrades: listed = [] }: ForwardIr, route: Route): readonly Route[] {
  if (!listed.some(({ type }) => type.toUpperCase() === connect)) return [];
  const match = { ...route.match, pathSpecifier: { $case: "connectMatcher", value: {} } as const };
  return [{ ...route, name: `${route.name}/connect`, match }];
}
