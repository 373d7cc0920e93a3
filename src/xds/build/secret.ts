import { Secret } from "../../gen/envoy/extensions/transport_sockets/tls/v3/secret.ts";
import type { SecretIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { makeResource } from "./resource.ts";

export function buildSecret({ key, origin, chain, privateKey }: SecretIr): XdsResource {
  const inline = (text: string) => ({ specifier: { $case: "inlineBytes", value: Buffer.from(text) } as const });
  const body = Secret.encode({
    name: key,
    type: {
      $case: "tlsCertificate",
      value: { certificateChain: inline(chain), privateKey: inline(privateKey.reveal()) },
    },
  }).finish();
  return makeResource(key, body, { origins: [originKey(origin)] });
}
