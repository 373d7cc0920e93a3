import { type ClusterKey, clustersNamed, type GatewayIr, type RouteIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";

type Pieces = ReadonlyMap<string, readonly unknown[]>;

const indexed = new WeakMap<GatewayIr, Pieces>();

/** What each origin contributes to the Gateway. Key: originKey. In an order that tries what others depend on first. */
function piecesOf(gateway: GatewayIr): Pieces {
  const known = indexed.get(gateway);
  if (known !== undefined) return known;
  const pieces = new Map<string, unknown[]>();
  const add = (origin: string, piece: unknown): void => {
    const list = pieces.get(origin);
    if (list === undefined) pieces.set(origin, [piece]);
    else list.push(piece);
  };
  for (const port of gateway.ports) {
    const tls = port.protocol === "HTTPS" ? JSON.stringify(port.tls) : "";
    add(originKey(gateway.origin), `${port.port} ${port.protocol} ${port.listeners.join(" ")} ${tls}`);
  }
  for (const secret of gateway.secrets.values()) add(originKey(secret.origin), secret);
  for (const cluster of gateway.clusters.values()) add(originKey(cluster.origin), cluster);
  for (const route of routesOf(gateway)) add(originKey(route.origin), route);
  indexed.set(gateway, pieces);
  return pieces;
}

export function hasOrigin(gateway: GatewayIr, origin: string): boolean {
  return piecesOf(gateway).has(origin);
}

/** Whether both Gateways have the same of this origin. */
export function isSame(origin: string, a: GatewayIr, b: GatewayIr): boolean {
  const [left, right] = [piecesOf(a).get(origin) ?? [], piecesOf(b).get(origin) ?? []];
  return left.length === right.length && left.every((piece, index) => isEqual(piece, right[index]));
}

/** Origins that `after` has and that `before` lacks or has otherwise. */
export function changedOrigins(before: GatewayIr | undefined, after: GatewayIr): readonly string[] {
  const all = [...piecesOf(after).keys()];
  return before === undefined ? all : all.filter((origin) => !isSame(origin, before, after));
}

/** Origins of the routes that send requests to a cluster. */
export function routesNaming(gateway: GatewayIr, cluster: ClusterKey): ReadonlySet<string> {
  const origins = new Set<string>();
  for (const { origin, action } of routesOf(gateway)) {
    if (clustersNamed(action).includes(cluster)) origins.add(originKey(origin));
  }
  return origins;
}

function* routesOf(gateway: GatewayIr): Generator<RouteIr> {
  for (const { virtualHosts } of gateway.ports) for (const { routes } of virtualHosts) yield* routes;
}

/** Identical in nearly all cases; the model may also make an equal object anew. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
