import { type Fact, isTrue } from "./conditions.ts";
import { anyHost, covers } from "./hostnames.ts";
import type { ListenerView } from "./listeners.ts";

type TlsListener = Pick<ListenerView, "name" | "port" | "host" | "certificateNames">;

/**
 * Where a client may use the connection of one listener for a host of another, which is then answered 421.
 * https://gateway-api.sigs.k8s.io/geps/gep-3567/
 */
export function overlapsOf(listener: TlsListener, all: readonly TlsListener[]): readonly Fact[] {
  const others = all.filter((other) => other.port === listener.port && other.name !== listener.name);
  const byCertificate = others.filter((other) => shows(listener, other) || shows(other, listener));
  if (byCertificate.length > 0) {
    const message = `A certificate is valid for hosts of both the listener and ${namesOf(byCertificate)}`;
    return [isTrue("OverlappingTLSConfig", "OverlappingCertificates", message)];
  }
  const byHost = others.filter(({ host }) => covers(host, listener.host) || covers(listener.host, host));
  if (byHost.length === 0) return [];
  const message = `The hostname overlaps with that of ${namesOf(byHost)}`;
  return [isTrue("OverlappingTLSConfig", "OverlappingHostnames", message)];
}

/** A certificate of `one` is valid for a host that is the other's. */
function shows(one: TlsListener, { host }: TlsListener): boolean {
  return one.certificateNames.some(
    (name) => (host !== anyHost && covers(name, host)) || (covers(host, name) && !covers(one.host, name)),
  );
}

function namesOf(listeners: readonly TlsListener[]): string {
  const names = listeners.map(({ name }) => name).sort();
  return `${names.length === 1 ? "listener" : "listeners"} ${names.join(", ")}`;
}
