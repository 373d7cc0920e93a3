import type { HTTPRouteFilter } from "../resources/kinds/http-route.ts";
import type { PathRewriteIr, RedirectIr } from "./ir.ts";
import type { ListenerView } from "./listeners.ts";

/** Where requests arrive: of the listener. */
export interface Arrival {
  readonly scheme: "http" | "https";
  readonly port: number;
}

/** Without a listener no request arrives, and on one of HTTPS none before it has a certificate. */
export function arrivalOn(listener: Pick<ListenerView, "port" | "tls"> | undefined): Arrival {
  return { scheme: listener?.tls === undefined ? "http" : "https", port: listener?.port ?? wellKnownPort.http };
}

type Redirect = NonNullable<HTTPRouteFilter["requestRedirect"]>;

/**
 * A scheme that is given brings its own port, else both are the listener's.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprequestredirectfilter
 */
export function redirectTo(
  { scheme, hostname, port, statusCode }: Redirect,
  path: PathRewriteIr | undefined,
  arrival: Arrival,
): RedirectIr {
  return {
    kind: "redirect",
    status: statusCode,
    scheme: scheme ?? arrival.scheme,
    ...(hostname === undefined ? {} : { hostname }),
    port: port ?? (scheme === undefined ? arrival.port : wellKnownPort[scheme]),
    ...(path === undefined ? {} : { path }),
  };
}

const wellKnownPort = { http: 80, https: 443 } as const;

/** Whether the same filter gives another answer on another listener. */
export function dependsOnListener({ scheme }: Redirect): boolean {
  return scheme === undefined;
}
