import type { EndpointsByCluster, GatewayIr } from "../../../src/model/ir.ts";
import type { HeldOrigins } from "../../../src/xds/held.ts";

export interface GoldenCase {
  readonly gateway: GatewayIr;
  readonly endpoints: EndpointsByCluster;
  readonly held?: HeldOrigins;
}
