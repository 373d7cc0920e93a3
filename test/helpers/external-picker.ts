import { externalPicker } from "../../src/model/external-pickers.ts";
import type { ClusterIr, ExternalPickerIr } from "../../src/model/ir.ts";
import { type ExternalPickerWish, readPoolAnnotations } from "../../src/model/pool-annotations.ts";
import type { Service } from "../../src/resources/kinds/service.ts";

/** A picker that is not ours behind the Service `name`, port 9002, as routes and clusters have it. */
export function externalPickerOf(
  name: string,
  wish: ExternalPickerWish,
  believesClients = false,
): { readonly cluster: ClusterIr; readonly use: ExternalPickerIr } {
  const port = { port: 9002, protocol: "TCP" as const };
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", labels: {}, annotations: {}, generation: 1 },
    spec: { type: "ClusterIP", ports: [port] },
  };
  const { settings } = readPoolAnnotations({
    "antechamber.dev/trust-client-objective": `${believesClients}`,
    "antechamber.dev/trust-client-fairness": `${believesClients}`,
  });
  const { cluster, isTold: _, ...how } = externalPicker({ service, port }, wish, settings, { chains: new Map() });
  return { cluster, use: { ...how, cluster: cluster.key } };
}
