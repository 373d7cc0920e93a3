import { type Static, Type } from "typebox";
import type { DeepReadonly } from "../lib/deep-readonly.ts";

export const configDumpView = Type.Object({
  configs: Type.Array(Type.Unknown(), { description: "As of Envoy's /config_dump, one per type of resource" }),
});

export const gatewayXdsView = Type.Object({
  gateway: Type.String({ description: "namespace/name" }),
  sequence: Type.Integer({ description: "Of the newest snapshot" }),
  held: Type.Record(Type.String(), Type.String(), {
    description: "Objects that proxies refused, which stay at what was accepted last, with the refusal",
  }),
  configs: configDumpView.properties.configs,
});
export type GatewayXdsView = DeepReadonly<Static<typeof gatewayXdsView>>;

/** Resources to show: all, or those of this type and name. */
export interface XdsFilter {
  readonly type?: string;
  readonly name?: string;
}
