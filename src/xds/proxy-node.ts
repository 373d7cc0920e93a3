import type { Node } from "../gen/envoy/config/core/v3/base.ts";
import type { Peer } from "../grpc/peer.ts";

/** Who opens a stream, as the bootstrap names it. */
export interface ProxyNode {
  readonly id: string;
  /** "namespace/name" of the Gateway: the bootstrap's node.cluster. */
  readonly gateway: string;
  /** Absent where the client does not say. */
  readonly version?: string;
}

export type ReadNode =
  | { readonly ok: true; readonly node: ProxyNode }
  | { readonly ok: false; readonly problem: string };

/** The first release with the transform filter, which reads the model from the body. */
const minimum = { major: 1, minor: 40 };

export function readNode(node: Node | undefined): ReadNode {
  const id = node?.id ?? "";
  const gateway = node?.cluster ?? "";
  if (id === "" || !/^[^/]+\/[^/]+$/.test(gateway)) {
    const problem = `Cannot configure proxy "${id}": its node must have an id, and the Gateway's "namespace/name" as cluster, which is "${gateway}"`;
    return { ok: false, problem };
  }
  const build = node?.userAgentVersionType;
  const version = build?.$case === "userAgentBuildVersion" ? build.value.version : undefined;
  if (version === undefined) return { ok: true, node: { id, gateway } };
  const { majorNumber = 0, minorNumber = 0, patch = 0 } = version;
  const text = `${majorNumber}.${minorNumber}.${patch}`;
  if (majorNumber < minimum.major || (majorNumber === minimum.major && minorNumber < minimum.minor)) {
    const problem = `Cannot configure proxy "${id}": it is Envoy ${text}, and ${minimum.major}.${minimum.minor} or newer is needed`;
    return { ok: false, problem };
  }
  return { ok: true, node: { id, gateway, version: text } };
}

/** A certificate binds its proxy to one Gateway's configuration, which has secrets in it. Undefined: all is well. */
export function checkIdentity({ id, gateway }: ProxyNode, peer: Peer): string | undefined {
  if (peer.kind === "local" || peer.gateway === gateway) return undefined;
  const whose = peer.gateway === undefined ? "is no proxy's" : `is of Gateway "${peer.gateway}"`;
  return `Cannot configure proxy "${id}" of Gateway "${gateway}": its certificate ${whose}`;
}
