import type { HTTPRoute, ParentReference } from "../resources/kinds/http-route.ts";
import type { Namespace } from "../resources/kinds/namespace.ts";
import { intersectHosts } from "./hostnames.ts";
import { namespaceLabels, selects } from "./label-selector.ts";
import type { GatewayView, ListenerView } from "./listeners.ts";
import { nameKey } from "./origins.ts";

/** What became of one parentRef of a route. */
export interface ParentView {
  readonly ref: ParentReference & { readonly namespace: string };
  /** Absent where the Gateway does not exist or is another controller's. */
  readonly gateway?: GatewayView;
  readonly listeners: readonly AttachedListener[];
  /** Why there is no listener. */
  readonly refusal?: { readonly reason: string; readonly message: string };
}

export interface AttachedListener {
  readonly listener: ListenerView;
  /** Hosts of the route on the listener; never empty. */
  readonly hosts: readonly string[];
}

/** The Gateway that a parentRef names, as "namespace/name"; undefined where it names something else. */
export function parentGatewayKey(route: HTTPRoute, ref: ParentReference): string | undefined {
  if (ref.group !== "gateway.networking.k8s.io" || ref.kind !== "Gateway") return undefined;
  return nameKey(ref.namespace ?? route.metadata.namespace, ref.name);
}

export function attach(
  route: HTTPRoute,
  ref: ParentReference,
  gateway: GatewayView | undefined,
  namespace: Namespace | undefined,
): ParentView {
  const parent = { ref: { ...ref, namespace: ref.namespace ?? route.metadata.namespace } };
  if (gateway === undefined) return { ...parent, listeners: [] };
  const refused = (reason: string, message: string): ParentView => ({
    ...parent,
    gateway,
    listeners: [],
    refusal: { reason, message },
  });

  const named = gateway.listeners.filter(
    ({ name, port }) =>
      (ref.sectionName === undefined || ref.sectionName === name) && (ref.port === undefined || ref.port === port),
  );
  if (named.length === 0) return refused("NoMatchingParent", "No listeners match this parent ref");

  const allowing = named.filter((listener) => allows(listener, gateway, route, namespace));
  if (allowing.length === 0) {
    return refused("NotAllowedByListeners", "No listeners included by this parent ref allowed this attachment.");
  }

  const listeners = allowing
    .map((listener) => ({ listener, hosts: intersectHosts(listener.host, route.spec.hostnames ?? []) }))
    .filter(({ hosts }) => hosts.length > 0);
  if (listeners.length === 0) {
    return refused(
      "NoMatchingListenerHostname",
      "There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s).",
    );
  }
  return { ...parent, gateway, listeners };
}

function allows(
  listener: ListenerView,
  { gateway }: GatewayView,
  route: HTTPRoute,
  namespace: Namespace | undefined,
): boolean {
  if (!listener.attaches) return false;
  const { from, selector } = listener.namespaces;
  switch (from) {
    case "All":
      return true;
    case "Same":
      return route.metadata.namespace === gateway.metadata.namespace;
    case "Selector":
      return selects(selector ?? {}, namespaceLabels(route.metadata.namespace, namespace));
  }
}
