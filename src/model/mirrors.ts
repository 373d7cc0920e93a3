import type { HTTPRouteFilter } from "../resources/kinds/http-route.ts";
import type { Backend } from "./backends.ts";
import { clusterOf } from "./clusters.ts";
import type { ClusterIr, ClusterSettingsIr, MirrorIr } from "./ir.ts";
import type { RuleProblem } from "./rules.ts";

type Mirror = NonNullable<HTTPRouteFilter["requestMirror"]>;

export interface MirrorFilter {
  /** "spec.rules[0].filters[1]". */
  readonly fieldPath: string;
  readonly mirror: Mirror;
}

export interface ResolvedMirrors {
  readonly mirrors: readonly MirrorIr[];
  readonly clusters: readonly ClusterIr[];
  readonly problems: readonly RuleProblem[];
}

const million = 1_000_000;

/** A mirror whose backend cannot be used is left out, and the rule is served without it, as the specification asks. */
export function resolveMirrors(
  filters: readonly MirrorFilter[],
  backends: readonly Backend[],
  settings: ClusterSettingsIr,
): ResolvedMirrors {
  const mirrors: MirrorIr[] = [];
  const clusters: ClusterIr[] = [];
  const problems: RuleProblem[] = [];
  for (const [index, { fieldPath, mirror }] of filters.entries()) {
    const backend = backends[index] as Backend;
    if (backend.kind === "missing") {
      problems.push({ on: "ResolvedRefs", reason: backend.reason, message: backend.message });
    } else if (backend.kind === "pool") {
      const message = `${fieldPath}: an InferencePool gets no mirrored requests: a copy passes no endpoint picker, so it would reach a server whether or not that has room`;
      problems.push({ on: "ResolvedRefs", reason: "InvalidKind", message });
    } else {
      const perMillion = shareOf(mirror);
      if (perMillion === 0) continue;
      const cluster = clusterOf(backend.origin, backend.endpoints, settings);
      clusters.push(cluster);
      mirrors.push({ cluster: cluster.key, perMillion });
    }
  }
  return { mirrors, clusters, problems };
}

/** A share that is not 0 never becomes 0 by rounding. */
function shareOf({ percent, fraction }: Mirror): number {
  if (percent !== undefined) return percent * (million / 100);
  if (fraction === undefined) return million;
  const share = Math.round((fraction.numerator / fraction.denominator) * million);
  return fraction.numerator > 0 ? Math.max(1, share) : 0;
}
