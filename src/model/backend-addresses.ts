import { isIP, isIPv4 } from "../resources/ip.ts";
import type { BackendEndpoint } from "../resources/kinds/backend.ts";
import type { HostIr } from "./ir.ts";
import type { ModelOptions } from "./model.ts";

export type ConvertedAddress =
  | { readonly kind: "usable"; readonly host: HostIr }
  | {
      readonly kind: "unusable";
      readonly reason: "InvalidAddress" | "UnsupportedAddressType";
      readonly message: string;
    };

/** Bytes, without the one that ends it. https://man7.org/linux/man-pages/man7/unix.7.html */
const longestSocketPath = 107;

/**
 * In a cluster whoever writes a Backend need not be whoever runs the proxies, so what only the proxy's own machine has
 * is refused: its loopback, where its admin interface may be, its link, where clouds tell secrets, and its sockets.
 */
export function convertAddress(
  { fqdn, ip, unix, hostname }: BackendEndpoint,
  { mode }: Pick<ModelOptions, "mode">,
): ConvertedAddress {
  const named = hostname === undefined ? {} : { hostname };
  if (ip !== undefined) {
    const { address, port } = ip;
    if (!isIP(address)) return invalid(`IP address ${address} is invalid`);
    if (port === 0) return invalid(`IP address ${address} has port 0`);
    const range = mode === "kubernetes" ? ownRange(address) : undefined;
    if (range !== undefined) return invalid(`IP address ${address} is ${range}, which is the proxy's own`);
    return { kind: "usable", host: { kind: "ip", address, port, ...named } };
  }
  if (fqdn !== undefined) {
    const { port } = fqdn;
    const name = fqdn.hostname.replace(/\.$/, "");
    if (port === 0) return invalid(`hostname ${name} has port 0`);
    if (isIP(name)) return invalid(`hostname ${name} is an IP address`);
    if (mode === "kubernetes" && isOwnName(name)) {
      return invalid(`hostname ${name} should be a domain with at least two segments separated by dots`);
    }
    return { kind: "usable", host: { kind: "name", name: fqdn.hostname, port, ...named } };
  }
  const path = unix?.path ?? "";
  if (mode === "kubernetes") {
    const message = "Unix domain sockets are supported only where the proxy runs on the machine of the Backend";
    return { kind: "unusable", reason: "UnsupportedAddressType", message };
  }
  if (!path.startsWith("/")) return invalid(`unix domain socket path ${path} is not absolute`);
  if (Buffer.byteLength(path) > longestSocketPath) {
    return invalid(`unix domain socket path ${path} is longer than ${longestSocketPath} bytes`);
  }
  return { kind: "usable", host: { kind: "socket", path, ...named } };
}

function invalid(message: string): ConvertedAddress {
  return { kind: "unusable", reason: "InvalidAddress", message };
}

function isOwnName(name: string): boolean {
  return !name.includes(".") || name.endsWith(".localhost");
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry */
function ownRange(address: string): string | undefined {
  const text = canonical(address);
  if (isIPv4(text)) {
    if (text.startsWith("127.")) return "in the loopback range";
    if (text.startsWith("169.254.")) return "in the link-local range";
    return text.startsWith("0.") ? "unspecified" : undefined;
  }
  if (text === "::1") return "in the loopback range";
  if (text === "::") return "unspecified";
  return /^fe[89ab]/.test(text) ? "in the link-local range" : undefined;
}

/** The one spelling of an address; an IPv4 address in IPv6 clothes is the IPv4 one. */
function canonical(address: string): string {
  if (isIPv4(address)) return address;
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (mapped === null) return text;
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
