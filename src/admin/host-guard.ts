import { isIP } from "node:net";

export interface Asked {
  /** The Host header. */
  readonly host: string | undefined;
  /** The Origin header; only browsers send one. */
  readonly origin: string | undefined;
}

/**
 * Why a request is not answered; undefined when it may be. A page in a browser can have its own name resolve to
 * loopback and then read what it likes there: so the name that was asked for must be an address or localhost, and a
 * page of another origin gets nothing.
 */
export function refuseStranger({ host, origin }: Asked): string | undefined {
  if (host === undefined || !isLocalName(host)) {
    return `Cannot answer for the host "${host ?? ""}": ask by IP address or as localhost`;
  }
  if (origin !== undefined && origin !== `http://${host}`) return `Cannot answer a page of the origin "${origin}"`;
  return undefined;
}

function isLocalName(host: string): boolean {
  const url = URL.parse(`http://${host}`);
  if (url === null || url.host !== host.toLowerCase().replace(/:80$/, "")) return false;
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost");
}
