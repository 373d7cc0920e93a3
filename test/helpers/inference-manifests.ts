/** Objects of the inference APIs for tests, in few words. */
import type { Manifest } from "./manifests.ts";

const v1alpha2 = "inference.networking.x-k8s.io/v1alpha2";

export interface PoolOptions {
  /** Labels of its Pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function poolV1Alpha2(name: string, { selector, annotations = {} }: PoolOptions): Manifest {
  return {
    apiVersion: v1alpha2,
    kind: "InferencePool",
    metadata: { name, annotations },
    spec: { selector, targetPortNumber: 8000, extensionRef: { name: `${name}-picker` } },
  };
}

export function poolV1(name: string, { selector, annotations = {} }: PoolOptions): Manifest {
  return {
    apiVersion: "inference.networking.k8s.io/v1",
    kind: "InferencePool",
    metadata: { name, annotations },
    spec: { selector: { matchLabels: selector }, targetPorts: [{ number: 8000 }] },
  };
}

export function toPoolV1(name: string, weight?: number): Manifest {
  return { group: "inference.networking.k8s.io", kind: "InferencePool", name, ...(weight !== undefined && { weight }) };
}

export function inferenceModel(modelName: string, pool: string, criticality?: string): Manifest {
  return {
    apiVersion: v1alpha2,
    kind: "InferenceModel",
    metadata: { name: `model-${modelName}` },
    spec: { modelName, poolRef: { name: pool }, ...(criticality && { criticality }) },
  };
}

export function modelMatch(model: string): Manifest {
  return { headers: [{ name: "X-Gateway-Model-Name", value: model }] };
}

/** The scenario's Gateway. */
export const parent = "inference-gateway";
