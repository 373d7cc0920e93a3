import type { GatewayXdsView, XdsFilter } from "../../admin/xds-view.ts";
import { configDump } from "../../xds/dump/config-dump.ts";
import type { GatewayPublisher } from "./gateway-publisher.ts";

/** What each Gateway's proxies are to have, and what of it they refused. */
export function gatewayXdsViews(
  publishers: ReadonlyMap<string, Pick<GatewayPublisher, "snapshot" | "held">>,
  filter: XdsFilter,
): readonly GatewayXdsView[] {
  return [...publishers].flatMap(([gateway, { snapshot, held }]) =>
    snapshot === undefined
      ? []
      : [
          {
            gateway,
            sequence: snapshot.sequence,
            held: Object.fromEntries(held),
            configs: configDump(snapshot, filter).configs,
          },
        ],
  );
}
