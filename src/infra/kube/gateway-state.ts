import type { KubeObject } from "../../kube/api.ts";
import { isJsonObject, type Json, type JsonObject } from "../../lib/json.ts";
import type { GatewayAddress } from "../../model/result.ts";
import { isIP } from "../../resources/ip.ts";

export interface InfrastructureState {
  readonly addresses: readonly GatewayAddress[];
  /** Proxies that are ready, of those that are wanted. */
  readonly readyReplicas: number;
  readonly replicas: number;
  /** Why its objects are not as they should be. */
  readonly problem?: string;
}

export function stateOf(
  objects: { readonly service: KubeObject | undefined; readonly deployment: KubeObject | undefined },
  problem: string | undefined,
): InfrastructureState {
  const { spec, status } = parts(objects.deployment);
  return {
    addresses: objects.service === undefined ? [] : addressesOf(objects.service),
    readyReplicas: numberOf(status["readyReplicas"]),
    replicas: numberOf(spec["replicas"]),
    ...optionalProblem(problem ?? podsProblem(objects.deployment)),
  };
}

function optionalProblem(problem: string | undefined): Pick<InfrastructureState, "problem"> {
  return problem === undefined ? {} : { problem };
}

/**
 * Why a Deployment's Pods are not made (a quota, an admission), or do not become ready for longer than is normal.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
 */
export function podsProblem(deployment: KubeObject | undefined): string | undefined {
  if (deployment === undefined) return undefined;
  const conditions = listOf(parts(deployment).status["conditions"]).filter(isJsonObject);
  const bad =
    conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True") ??
    conditions.find(({ type, status }) => type === "Progressing" && status === "False");
  if (bad === undefined) return undefined;
  const { namespace = "", name } = deployment.metadata;
  return `Deployment ${namespace}/${name}: ${String(bad["message"] ?? bad["reason"])}`;
}

/**
 * Where clients reach a Service: what was asked for and what its load balancer says, else inside of the cluster. A
 * load balancer that has not answered yet has no address: that of the cluster would be published and then change. A
 * NodePort's is the cluster's too, since to list nodes would be a permission for that alone.
 */
export function addressesOf(service: KubeObject): readonly GatewayAddress[] {
  const { spec, status } = parts(service);
  const balancer = status["loadBalancer"];
  const ingress = isJsonObject(balancer) ? listOf(balancer["ingress"]) : [];
  const assigned = ingress.flatMap((one) =>
    isJsonObject(one) ? stringsOf([one["ip"] ?? one["hostname"] ?? null]) : [],
  );
  const asked = stringsOf(listOf(spec["externalIPs"]));
  const inside =
    spec["type"] === "LoadBalancer" ? [] : stringsOf(listOf(spec["clusterIPs"] ?? [spec["clusterIP"] ?? null]));
  const outside = [...new Set([...asked, ...assigned])];
  const values = outside.length > 0 ? outside : inside;
  return values.map((value) => ({ type: isIP(value) ? "IPAddress" : "Hostname", value }));
}

function parts(object: KubeObject | undefined): { readonly spec: JsonObject; readonly status: JsonObject } {
  // The API server's objects are JSON.
  const { spec, status } = (object ?? {}) as { readonly spec?: Json; readonly status?: Json };
  return { spec: isJsonObject(spec) ? spec : {}, status: isJsonObject(status) ? status : {} };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** "None" is a headless Service's. */
function stringsOf(values: readonly Json[]): readonly string[] {
  return values.filter((value) => typeof value === "string").filter((value) => value !== "" && value !== "None");
}

function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
