import { isIPv4, isIPv6 } from "../../resources/ip.ts";

/** "10.0.0.0/8", or an address alone, which is itself only. */
export function parseCidr(value: string): { readonly prefix: string; readonly bits: number } | undefined {
  const [prefix = "", length, ...more] = value.split("/");
  const longest = isIPv4(prefix) ? 32 : isIPv6(prefix) ? 128 : undefined;
  if (longest === undefined || more.length > 0 || (length !== undefined && !/^[0-9]{1,3}$/.test(length)))
    return undefined;
  const bits = length === undefined ? longest : Number(length);
  return bits <= longest ? { prefix, bits } : undefined;
}
