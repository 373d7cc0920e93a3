/** Where the proxy's certificate is, in files that Envoy watches: a rotated one is read without a restart. */
import type { Json } from "../../lib/json.ts";
import { type Making, type Manifest, metadataOf } from "./make-object.ts";

export const certificateFolder = "/certs";
export const sdsFolder = "/sds";

/** Secrets by their names in SDS, each in a file of its own. */
export const sdsSecrets = {
  certificate: { name: "xds_certificate", file: "xds-certificate.json" },
  trustedCa: { name: "xds_trusted_ca", file: "xds-trusted-ca.json" },
} as const;

export function configMap(making: Making): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadataOf(making),
    data: {
      [sdsSecrets.certificate.file]: discoveryFile({
        name: sdsSecrets.certificate.name,
        tls_certificate: {
          certificate_chain: { filename: `${certificateFolder}/tls.crt` },
          private_key: { filename: `${certificateFolder}/tls.key` },
          watched_directory: { path: certificateFolder },
        },
      }),
      [sdsSecrets.trustedCa.file]: discoveryFile({
        name: sdsSecrets.trustedCa.name,
        validation_context: {
          trusted_ca: { filename: `${certificateFolder}/ca.crt` },
          watched_directory: { path: certificateFolder },
          match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: making.settings.xds.serverName } }],
        },
      }),
    },
  };
}

function discoveryFile(secret: { readonly [field: string]: Json }): string {
  const type = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
  return JSON.stringify({ resources: [{ "@type": type, ...secret }] });
}
