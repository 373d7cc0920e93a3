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

/** By Gateway, why a proxy of it gets no configuration: an Envoy too old for our filters, most often. */
export function rejectedProxies(rejections: readonly RejectedProxy[], nowMs: number): ReadonlyMap<string, string> {
  const recent = rejections.filter(({ atMs }) => nowMs - atMs < recentMs);
  return new Map(recent.map(({ gateway, problem }) => [gateway, problem]));
}
