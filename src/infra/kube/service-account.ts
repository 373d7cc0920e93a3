import { type Making, type Manifest, metadataOf } from "./make-object.ts";

export function serviceAccountName({ infrastructure }: Making): string | undefined {
  return infrastructure.proxy.provider?.kubernetes?.envoyServiceAccount?.name;
}

/** A proxy asks nothing of the API server, so it gets no token. */
export function serviceAccount(making: Making): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(making, { name: serviceAccountName(making) }),
    automountServiceAccountToken: false,
  };
}
