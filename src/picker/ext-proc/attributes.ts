/** ext_proc attributes: what Envoy knows of a request, under the name of the filter. */

export interface RequestIdentity {
  /** "" where the proxy sent none. */
  readonly id: string;
  /** `request.time`, wall clock; undefined where it cannot be read. */
  readonly timeMs?: number;
}

type Attributes = { readonly [filter: string]: { readonly [name: string]: unknown } | undefined };

export function readIdentity(attributes: Attributes | undefined): RequestIdentity {
  for (const values of Object.values(attributes ?? {})) {
    const id = values?.["request.id"];
    const timeMs = readTime(values?.["request.time"]);
    if (id !== undefined || timeMs !== undefined)
      return { id: typeof id === "string" ? id : "", ...(timeMs === undefined ? {} : { timeMs }) };
  }
  return { id: "" };
}

/** Envoy sends a timestamp as RFC 3339 with up to nanoseconds; Date.parse keeps milliseconds, so the rest is read here. */
function readTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const wholeMs = Date.parse(value.replace(/\.\d+/, ""));
  if (Number.isNaN(wholeMs)) return undefined;
  return wholeMs + Number(`0${/\.\d+/.exec(value)?.[0] ?? ""}`) * 1_000;
}
