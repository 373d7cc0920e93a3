/** Headers whose values are credentials: they are never shown, logged or sent to others than their receiver. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return credentials.has(lower) || /[-_](token|secret|password|api[-_]?key|access[-_]?key)$/.test(lower);
}

const credentials = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "apikey"]);

/** What stands in the place of a credential. */
export const redacted = "[redacted]";
