/** TLS towards a backend, as Envoy Gateway spells it. https://gateway.envoyproxy.io/docs/api/extension_types/#backendtlssettings */
import { localObjectReference, preciseHostname, secretReference } from "../gateway-api/shapes.ts";
import { defaulted, flag, list, object, oneOf, optional, type Rules, text } from "../schema.ts";

const version = () => oneOf(["Auto", "1.0", "1.1", "1.2", "1.3"]);

const lowest: Readonly<Record<string, number>> = { Auto: 0, "1.0": 1, "1.1": 2, "1.2": 3, "1.3": 4 };
const highest: Readonly<Record<string, number>> = { "1.0": 1, "1.1": 2, "1.2": 3, "1.3": 4, Auto: 5 };

/** Without a lowest version it is 1.2. */
const inOrder = ({ minVersion, maxVersion }: { readonly minVersion?: string; readonly maxVersion?: string }): boolean =>
  maxVersion === undefined || (lowest[minVersion ?? "1.2"] ?? 0) <= (highest[maxVersion] ?? 0);

const tlsParameters = () => ({
  clientCertificateRef: optional(secretReference()),
  minVersion: optional(version()),
  maxVersion: optional(version()),
  ciphers: optional(list(text())),
  ecdhCurves: optional(list(text())),
  signatureAlgorithms: optional(list(text())),
  alpnProtocols: optional(list(text())),
  fingerprints: optional(list(oneOf(["JA3", "JA4"]))),
});

const parameterRules: Rules<{
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly ciphers?: readonly string[];
}> = {
  "setting ciphers has no effect if the minimum possible TLS version is 1.3": ({ minVersion, ciphers }) =>
    minVersion !== "1.3" || ciphers === undefined,
  "minVersion must be smaller or equal to maxVersion": inOrder,
};

/** What a proxy does on all its connections to backends. */
export const proxyBackendTls = () => object(tlsParameters(), parameterRules);

export const backendTls = () =>
  object(
    {
      caCertificateRefs: optional(list(localObjectReference(), { maxItems: 8 })),
      wellKnownCACertificates: optional(text({ minLength: 1, maxLength: 253 })),
      insecureSkipVerify: defaulted(flag(), false),
      sni: optional(preciseHostname()),
      autoSNIFromEndpointHostname: optional(flag()),
      ...tlsParameters(),
    },
    {
      "must not contain both CACertificateRefs and WellKnownCACertificates": ({
        caCertificateRefs = [],
        wellKnownCACertificates = "",
      }) => caCertificateRefs.length === 0 || wellKnownCACertificates === "",
      "must not contain either CACertificateRefs or WellKnownCACertificates when InsecureSkipVerify is enabled": ({
        caCertificateRefs = [],
        wellKnownCACertificates = "",
        insecureSkipVerify,
      }) => !insecureSkipVerify || (caCertificateRefs.length === 0 && wellKnownCACertificates === ""),
      "sni and autoSNIFromEndpointHostname are mutually exclusive": ({ sni, autoSNIFromEndpointHostname }) =>
        sni === undefined || autoSNIFromEndpointHostname !== true,
      ...parameterRules,
    },
  );
