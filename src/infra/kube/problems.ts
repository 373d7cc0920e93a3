import { compareBy } from "../../lib/compare.ts";
import type { InfrastructureState } from "./gateway-state.ts";

/** Of the xDS server: a proxy that was sent away, at its latest try. */
export interface RejectedProxy {
  readonly node: string;
  /** "namespace/name". */
  readonly gateway: string;
  readonly problem: string;
  readonly atMs: number;
}

/** A proxy that is sent away is back within seconds: one that is not has been replaced. */
const recentMs = 60_000;

/**
 * By Gateway, why its proxies are not as they should be: an object that cannot be written, a proxy that gets no
 * configuration, which is an Envoy too old for our filters most often.
 */
export function gatewayProblems(
  states: ReadonlyMap<string, Pick<InfrastructureState, "problem">>,
  rejections: readonly RejectedProxy[],
  nowMs: number,
): ReadonlyMap<string, string> {
  // Of several proxies always the same one, whichever of them tried last.
  const recent = rejections.filter(({ atMs }) => nowMs - atMs < recentMs).sort(compareBy(({ node }) => node));
  const problems = [...states].map(([key, { problem }]) => {
    const rejected = recent.find(({ gateway }) => gateway === key)?.problem;
    return [key, [problem, rejected].filter((each) => each !== undefined).join("; ")] as const;
  });
  return new Map(problems.filter(([, text]) => text !== ""));
}
