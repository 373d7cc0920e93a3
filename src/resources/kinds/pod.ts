import { isIP } from "../ip.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, keyword, list, oneOf, openObject, optional, text } from "../schema.ts";

const spec = openObject({});

const status = openObject({
  podIP: optional(
    text({
      [keyword.rules]: {
        "must be an IP address, since Envoy takes no names here": (self: string) => self === "" || isIP(self),
      },
    }),
  ),
  phase: optional(text()),
  conditions: optional(list(openObject({ type: text(), status: oneOf(["True", "False", "Unknown"]) }))),
});

/** A model server. `metadata.deletionTimestamp` says that it terminates. */
export type Pod = K8sObject<"Pod", Admitted<typeof spec>> & { readonly status: Admitted<typeof status> };

/** On a Pod: the port of its model server, in place of the pool's. */
export const targetPortAnnotation = "antechamber.dev/target-port";

export const pod = {
  group: "",
  version: "v1",
  otherVersions: [],
  kind: "Pod",
  plural: "pods",
  scope: "Namespaced",
  collection: "pods",
  body: openObject({ spec: defaulted(spec, {}), status: defaulted(status, {}) }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;

/** Ready unless a condition says otherwise: Pods in files have no kubelet that would report. */
export function podIsReady(one: Pod): boolean {
  const ready = one.status.conditions?.find((condition) => condition.type === "Ready");
  return ready === undefined || ready.status === "True";
}
