import { readCertificates } from "../lib/key-pair.ts";
import { memoOn } from "../lib/memo.ts";
import { present } from "../lib/present.ts";
import { isIP } from "../resources/ip.ts";
import type { ConfigMap } from "../resources/kinds/config-map.ts";
import { type Secret, secretValue } from "../resources/kinds/secret.ts";
import type { ObjectMeta } from "../resources/object.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import type { ServerTlsIr, TrustIr } from "./ir.ts";
import type { ServerTlsWish } from "./server-tls-annotations.ts";

export type ServerTls =
  | { readonly kind: "plain" }
  | { readonly kind: "tls"; readonly ir: ServerTlsIr }
  /** Nothing is sent, since it would go to nobody knows whom. */
  | { readonly kind: "refused"; readonly message: string };

type Holders = Pick<ResourceSet, "secrets" | "configMaps">;

/** The object with the authorities is one of the pool's namespace: no grant is asked for. */
export function serverTlsOf(wish: ServerTlsWish, { namespace, name }: ObjectMeta, holders: Holders): ServerTls {
  const servers = `the servers of InferencePool ${namespace}/${name}`;
  switch (wish.kind) {
    case "plain":
      return wish;
    case "unclear":
      return { kind: "refused", message: `Cannot tell how to reach ${servers}: ${wish.problem}` };
    case "tls": {
      const trust = trustOf(wish, namespace, holders);
      if (trust.kind === "missing") {
        return {
          kind: "refused",
          message: `Cannot verify ${servers}: annotation antechamber.dev/server-tls-ca: ${trust.problem}`,
        };
      }
      return { kind: "tls", ir: { ...present("name", nameOf(wish.hostname)), trust } };
    }
  }
}

function nameOf(hostname: string): ServerTlsIr["name"] {
  return hostname === "" ? undefined : { type: isIP(hostname) ? "ip" : "dns", value: hostname };
}

interface Missing {
  readonly kind: "missing";
  readonly problem: string;
}

function trustOf(
  { authorities, skipVerify }: ServerTlsWish & { readonly kind: "tls" },
  namespace: string,
  { secrets, configMaps }: Holders,
): TrustIr | Missing {
  if (skipVerify) return { kind: "anybody" };
  if (authorities === "") return { kind: "system" };
  const [kind, name] = authorities.split("/");
  const holder = (kind === "secret" ? secrets : configMaps).get(`${namespace}/${name}`);
  if (holder !== undefined) return authoritiesIn(holder);
  return missing(`${kind === "secret" ? "Secret" : "ConfigMap"} ${namespace}/${name} does not exist`);
}

const key = "ca.crt";

/** Only certificates are taken, so that no key that somebody left beside them goes anywhere. */
const authoritiesIn = memoOn((holder: ConfigMap | Secret): TrustIr | Missing => {
  const { namespace, name } = holder.metadata;
  const text = holder.kind === "Secret" ? secretValue(holder, key)?.toString() : textIn(holder);
  if (text === undefined) return missing(`${holder.kind} ${namespace}/${name} has no key ${key}`);
  const certificates = readCertificates(text);
  if (certificates === undefined) {
    return missing(`${key} of ${holder.kind} ${namespace}/${name} is not certificates in PEM`);
  }
  return { kind: "authorities", pem: certificates.map(String).join("") };
});

function textIn({ data = {}, binaryData = {} }: ConfigMap): string | undefined {
  if (Object.hasOwn(data, key)) return data[key];
  return Object.hasOwn(binaryData, key) ? Buffer.from(String(binaryData[key]), "base64").toString() : undefined;
}

function missing(problem: string): Missing {
  return { kind: "missing", problem };
}
