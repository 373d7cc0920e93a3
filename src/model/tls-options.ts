import { type TlsIr, type TlsVersion, tlsVersions } from "./ir.ts";

/**
 * The keys of `tls.options` that are read. The Gateway API leaves them to each implementation, with a domain of its
 * own. https://gateway-api.sigs.k8s.io/reference/spec/#listenertlsconfig
 */
export const tlsOptionKeys = {
  minVersion: "antechamber.dev/tls-min-version",
  maxVersion: "antechamber.dev/tls-max-version",
  cipherSuites: "antechamber.dev/tls-cipher-suites",
  ecdhCurves: "antechamber.dev/tls-ecdh-curves",
  alpnProtocols: "antechamber.dev/tls-alpn-protocols",
} as const;

export type TlsParameters = Pick<TlsIr, "minVersion" | "maxVersion" | "cipherSuites" | "ecdhCurves" | "alpnProtocols">;

export const defaultTlsParameters: TlsParameters = {
  minVersion: "1.2",
  maxVersion: "1.3",
  cipherSuites: [],
  ecdhCurves: [],
  alpnProtocols: ["h2", "http/1.1"],
};

/** By name as Envoy's TLS library spells them; those of TLS 1.3 cannot be chosen. */
const cipherSuites = [
  ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256"],
  ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "AES256-GCM-SHA384"],
  ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
  ...["ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "AES128-SHA"],
  ...["ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA", "AES256-SHA"],
];
const ecdhCurves = ["X25519", "P-256", "P-384", "P-521", "X25519MLKEM768"];

export interface ReadTlsOptions {
  readonly parameters: TlsParameters;
  /** A listener that cannot be as safe as its author wrote it is not served. */
  readonly problems: readonly string[];
  /** Keys of others. */
  readonly unknown: readonly string[];
}

export function readTlsOptions(options: Readonly<Record<string, string>> = {}): ReadTlsOptions {
  const problems: string[] = [];
  const version = (key: string, otherwise: TlsVersion): TlsVersion => {
    const text = options[key]?.trim();
    const found = text === undefined ? otherwise : tlsVersions.find((one) => one === text);
    if (found === undefined) problems.push(`${key} must be one of ${tlsVersions.join(", ")}`);
    return found ?? otherwise;
  };
  const listOf = (key: string, known: readonly string[], otherwise: readonly string[]): readonly string[] => {
    if (options[key] === undefined) return otherwise;
    const values = [...new Set(options[key].split(",").map((value) => value.trim()))];
    const wrong = values.find((value) => !known.includes(value));
    if (wrong !== undefined) problems.push(`${key} must be of ${known.join(", ")}, separated by commas`);
    return wrong === undefined ? values : otherwise;
  };
  const parameters: TlsParameters = {
    minVersion: version(tlsOptionKeys.minVersion, defaultTlsParameters.minVersion),
    maxVersion: version(tlsOptionKeys.maxVersion, defaultTlsParameters.maxVersion),
    cipherSuites: listOf(tlsOptionKeys.cipherSuites, cipherSuites, defaultTlsParameters.cipherSuites),
    ecdhCurves: listOf(tlsOptionKeys.ecdhCurves, ecdhCurves, defaultTlsParameters.ecdhCurves),
    alpnProtocols: listOf(
      tlsOptionKeys.alpnProtocols,
      defaultTlsParameters.alpnProtocols,
      defaultTlsParameters.alpnProtocols,
    ),
  };
  if (parameters.minVersion > parameters.maxVersion) {
    problems.push(`${tlsOptionKeys.minVersion} must not be above ${tlsOptionKeys.maxVersion}`);
  }
  if (parameters.minVersion === "1.3" && parameters.cipherSuites.length > 0) {
    problems.push(`${tlsOptionKeys.cipherSuites} has no effect on TLS 1.3`);
  }
  const keys: readonly string[] = Object.values(tlsOptionKeys);
  return { parameters, problems, unknown: Object.keys(options).filter((key) => !keys.includes(key)) };
}
