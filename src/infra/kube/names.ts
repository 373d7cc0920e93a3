import { hash } from "node:crypto";

/** Of everything that is made for a Gateway, also of the Secret with its proxies' certificate: Envoy Gateway's name. */
export function objectName(gateway: string): string {
  return `envoy-${hashedName(gateway, 48)}`;
}

/** A label's value: a Gateway's name may be longer than one. */
export function labelValue(name: string): string {
  return name.length <= 63 ? name : hashedName(name, 54);
}

/** A Service's name has no dots, a Gateway's may. */
function hashedName(name: string, length: number): string {
  const start = name.replaceAll(/[/.]/g, "-").slice(0, length).replace(/-+$/, "");
  return `${start}-${hash("sha256", name, "hex").slice(0, 8)}`;
}
