import { present } from "../../lib/present.ts";
import { selectorLabels } from "./labels.ts";
import { type Making, type Manifest, metadataOf, patched } from "./make-object.ts";

/** Only where the EnvoyProxy asks for one. */
export function disruptionBudget(making: Making): readonly Manifest[] {
  const { infrastructure } = making;
  const settings = infrastructure.proxy.provider?.kubernetes?.envoyPDB;
  if (settings === undefined) return [];
  const { minAvailable, maxUnavailable } = settings;
  const object: Manifest = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(making, { name: settings.name }),
    spec: {
      selector: { matchLabels: selectorLabels(infrastructure.key) },
      ...present("minAvailable", minAvailable),
      ...present("maxUnavailable", maxUnavailable),
    },
  };
  return [patched(object, settings.patch, making)];
}
