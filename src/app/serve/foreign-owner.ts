import type { KubeApi } from "../../kube/api.ts";
import { readLease } from "../../kube/lease.ts";

/** Envoy Gateway's own election. */
const envoyGatewayLease = "5b9825d2.gateway.envoyproxy.io";
const envoyGatewayController = "gateway.envoyproxy.io/gatewayclass-controller";

/**
 * Two controllers of one name write the same statuses and Deployments in turn. Why it must not start; undefined where
 * nobody else serves our classes.
 */
export async function foreignOwner(
  api: KubeApi,
  { namespace, controllerName }: { readonly namespace: string; readonly controllerName: string },
): Promise<string | undefined> {
  if (controllerName !== envoyGatewayController) return undefined;
  const lease = await readLease(api, namespace, envoyGatewayLease);
  if (lease === undefined || !lease.isLive) return undefined;
  return (
    `Cannot serve GatewayClasses of ${controllerName}: Envoy Gateway (${lease.holder}) holds the Lease ` +
    `${namespace}/${envoyGatewayLease}. Scale it down, or serve classes of another name with --controller-name; ` +
    "--take-over starts anyway, and then both write the same statuses and Deployments"
  );
}
