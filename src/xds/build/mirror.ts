import type { RouteAction_RequestMirrorPolicy } from "../../gen/envoy/config/route/v3/route_components.ts";
import { FractionalPercent_DenominatorType as Denominator } from "../../gen/envoy/type/v3/percent.ts";
import type { MirrorIr } from "../../model/ir.ts";

const million = 1_000_000;

export function mirrorPolicy({ cluster, perMillion }: MirrorIr): RouteAction_RequestMirrorPolicy {
  return {
    cluster,
    ...(perMillion === million
      ? {}
      : { runtimeFraction: { defaultValue: { numerator: perMillion, denominator: Denominator.MILLION } } }),
    // A copy is a copy: Envoy would append "-shadow" to its host.
    disableShadowHostSuffixAppend: true,
  };
}
