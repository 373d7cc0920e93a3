import { durationMs } from "../resources/duration.ts";
import { isIPv4, isIPv6 } from "../resources/ip.ts";

/** Readers of annotation values. Each says its bounds in words, and answers undefined for what lies outside them. */
export interface ValueReader<Value> {
  readonly bounds: string;
  read(text: string): Value | undefined;
}

const truths = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const falsehoods = new Set(["0", "f", "F", "false", "FALSE", "False"]);

/** The spellings that Go's programs take, since these annotations stand for their environment. */
export const boolean: ValueReader<boolean> = {
  bounds: "true or false",
  read: (text) => (truths.has(text) ? true : falsehoods.has(text) ? false : undefined),
};

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): ValueReader<Choice> {
  return { bounds: choices.join(" or "), read: (text) => choices.find((choice) => choice === text) };
}

/** Credentials do not leave the proxy. */
const secretHeaders = new Set(["authorization", "cookie", "x-api-key"]);

/** In lower case; "" stands for none. https://www.rfc-editor.org/rfc/rfc9110#section-5.1 */
export const headerName: ValueReader<string> = {
  bounds: `the name of a header other than ${[...secretHeaders].join(", ")}`,
  read: (text) => {
    const name = text.toLowerCase();
    return /^[!#$%&'*+.^_`|~0-9a-z-]{0,256}$/.test(name) && !secretHeaders.has(name) ? name : undefined;
  },
};

/** Of a request, with its query. */
export const urlPath: ValueReader<string> = {
  bounds: "a path that begins with /",
  read: (text) => (/^\/[\w\-.~!$&'()*+,;=:@%/?]{0,1023}$/.test(text) ? text : undefined),
};

/** A key of a Secret in the pool's namespace; "" stands for none. */
export const secretKey: ValueReader<string> = {
  bounds: "the name of a Secret, a slash and one of its keys",
  read: (text) => (/^([a-z0-9][a-z0-9.-]{0,252}\/[A-Za-z0-9._-]{1,253})?$/.test(text) ? text : undefined),
};

/** An object in the pool's namespace; "" stands for none. */
export const authoritiesRef: ValueReader<string> = {
  bounds: "configmap/ or secret/ and a name",
  read: (text) => (/^((configmap|secret)\/[a-z0-9][a-z0-9.-]{0,252})?$/.test(text) ? text : undefined),
};

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const dnsName = new RegExp(`^(?=.{0,253}$)(${label}(\\.${label})*)?$`);

/** In the spelling in which certificates are compared with it; "" stands for none. */
export const serverName: ValueReader<string> = {
  bounds: "a DNS name or an IP address",
  read: (text) => {
    const name = text.toLowerCase();
    if (isIPv6(name)) return new URL(`http://[${name}]`).hostname.slice(1, -1);
    // What looks like an address and is none is no name either. https://www.rfc-editor.org/rfc/rfc3696#section-2
    return isIPv4(name) || (dnsName.test(name) && !/(^|\.)[0-9]+$/.test(name)) ? name : undefined;
  },
};

export function wholeNumber(min: number, max: number): ValueReader<number> {
  return {
    bounds: `a whole number from ${min} to ${max}`,
    read: (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), min, max) : undefined),
  };
}

export function decimal(min: number, max: number): ValueReader<number> {
  return {
    bounds: `a number from ${min} to ${max}`,
    read: (text) => (/^\d{1,15}(\.\d{1,15})?$/.test(text) ? within(Number(text), min, max) : undefined),
  };
}

/** "1m30s" as milliseconds; "0" is zero. */
export function duration(minMs: number, maxMs: number): ValueReader<number> {
  return {
    bounds: `a duration from ${sayMs(minMs)} to ${sayMs(maxMs)}`,
    read: (text) => within(text === "0" ? 0 : (durationMs(text) ?? Number.NaN), minMs, maxMs),
  };
}

const quantityFactors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** Bytes as a Kubernetes quantity: "1Gi". */
export function bytes(min: string, max: string): ValueReader<number> {
  return {
    bounds: `a number of bytes from ${min} to ${max}`,
    read: (text) => within(readQuantity(text), readQuantity(min), readQuantity(max)),
  };
}

function readQuantity(text: string): number {
  const [, digits, suffix] = /^(\d{1,15})(|k|M|G|Ki|Mi|Gi)$/.exec(text) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) * (quantityFactors[suffix ?? ""] ?? Number.NaN);
}

/** Not a number is within nothing. */
function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function sayMs(ms: number): string {
  if (ms === 0) return "0";
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
