import type { GatewayIr, PortIr, SecretIr, SecretKey } from "../../model/ir.ts";
import type { HeldOrigins } from "../held.ts";
import { originKey } from "../names.ts";

/**
 * A certificate that was refused is shown as it was accepted; one that never was is left out, and a listener that has
 * no other is not served: the others of its port are.
 */
export function withHeldSecrets(
  ports: readonly PortIr[],
  gateway: GatewayIr,
  held: HeldOrigins,
): { readonly ports: readonly PortIr[]; readonly secrets: ReadonlyMap<SecretKey, SecretIr> } {
  const lastGateway = held.get(originKey(gateway.origin))?.last;
  const secrets = new Map<SecretKey, SecretIr>();
  const served = ports.flatMap((port): PortIr[] => {
    if (port.protocol === "HTTP") return [port];
    const certificates = port.tls.certificates.filter((key) => {
      const wanted = gateway.secrets.get(key) ?? lastGateway?.secrets.get(key);
      const holding = wanted && held.get(originKey(wanted.origin));
      const shown = holding === undefined ? wanted : holding.last?.secrets.get(key);
      if (shown !== undefined) secrets.set(key, shown);
      return shown !== undefined;
    });
    if (certificates.length === 0) return [];
    const isWhole = certificates.length === port.tls.certificates.length;
    return [isWhole ? port : { ...port, tls: { ...port.tls, certificates } }];
  });
  return { ports: served, secrets };
}
