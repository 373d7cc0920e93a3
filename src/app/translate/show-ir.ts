import { isCredentialHeader, redacted } from "../../lib/credential-headers.ts";
import type { ModelResult } from "../../model/result.ts";

/** The intermediate model as plain data, without credentials; keys of certificates are sealed by their type. */
export function showIr({ ir, pools }: Pick<ModelResult, "ir" | "pools">): unknown {
  return JSON.parse(JSON.stringify({ gateways: ir, pools }, shown));
}

function shown(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value as ReadonlyMap<string, unknown>);
  if (typeof value !== "object" || value === null || !("name" in value) || !("value" in value)) return value;
  return isCredentialHeader(String(value.name)) ? { ...value, value: redacted } : value;
}
