/** Model servers named on the command line, as the Pods that their pool selects. Pure. */
import { isIP, isIPv6 } from "../../resources/ip.ts";
import { type InferencePool, poolSelector } from "../../resources/kinds/inference-pool.ts";
import { type Pod, targetPortAnnotation } from "../../resources/kinds/pod.ts";

/** One `--server POOL=IP:PORT`. */
export interface Server {
  readonly spelled: string;
  readonly namespace: string;
  readonly pool: string;
  readonly ip: string;
  readonly port: number;
}

/** Throws where the text is no POOL=IP:PORT; POOL may begin with a namespace, an IPv6 address stands in brackets. */
export function parseServer(spelled: string, defaultNamespace: string): Server {
  const [, namespace = defaultNamespace, pool = "", v6, v4, digits] =
    /^(?:([^/=]+)\/)?([^/=]+)=(?:\[([^\]]+)\]|([^:]+)):([0-9]+)$/.exec(spelled) ?? [];
  const ip = v6 ?? v4 ?? "";
  const port = Number(digits);
  const refuse = (state: string): never => {
    throw new Error(`Cannot use server "${spelled}": ${state}; write POOL=IP:PORT, as qwen-pool=127.0.0.1:8000`);
  };
  if (pool === "") return refuse("it is not POOL=IP:PORT");
  if (!isIP(ip) || (v6 !== undefined) !== isIPv6(ip)) return refuse(`"${ip}" is not an IP address`);
  if (port < 1 || port > 65535) return refuse(`${digits} is not a port`);
  return { spelled, namespace, pool, ip, port };
}

export interface ServerPods {
  readonly pods: readonly Pod[];
  readonly withoutPool: readonly Server[];
}

/** Pods follow their pool's selector, whatever it comes to be. */
export function podsOf(servers: readonly Server[], pools: Iterable<InferencePool>): ServerPods {
  const all = [...pools];
  const withoutPool: Server[] = [];
  const pods = new Map<string, Pod>();
  for (const server of servers) {
    const own = all.filter(({ metadata }) => metadata.name === server.pool && metadata.namespace === server.namespace);
    if (own.length === 0) withoutPool.push(server);
    // Pools of both API groups may have the name, and select differently.
    own.forEach((pool) => {
      const pod = podOf(server, pool);
      pods.set(`${pod.metadata.namespace}/${pod.metadata.name}`, pod);
    });
  }
  return { pods: [...pods.values()], withoutPool };
}

function podOf({ pool: poolName, ip, port }: Server, pool: InferencePool): Pod {
  const version = pool.apiVersion.slice(pool.apiVersion.indexOf("/") + 1);
  const address = ip.replaceAll(/[.:]+/g, "-").replaceAll(/^-|-$/g, "");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `server-${poolName}-${version}-${address}-${port}`,
      namespace: pool.metadata.namespace,
      labels: poolSelector(pool),
      annotations: { [targetPortAnnotation]: String(port) },
      generation: 1,
    },
    spec: {},
    status: { podIP: ip },
  };
}
