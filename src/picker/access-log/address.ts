import type { Address } from "../../gen/envoy/config/core/v3/address.ts";

/** "ip:port", IPv6 in brackets, as endpoints are keyed; undefined for addresses of other kinds. */
export function formatAddress(address: Address | undefined): string | undefined {
  if (address?.address?.$case !== "socketAddress") return undefined;
  const { address: ip, portSpecifier } = address.address.value;
  if (ip === undefined || portSpecifier?.$case !== "portValue") return undefined;
  return ip.includes(":") ? `[${ip}]:${portSpecifier.value}` : `${ip}:${portSpecifier.value}`;
}
