/** What a simulated server does wrong. All absent: nothing. */
export interface Faults {
  /** Generation is answered with this status, in OpenAI's JSON form; all else works. */
  readonly status?: 429 | 500 | 502 | 503 | 504;
  /** The connection breaks after so many tokens of an answer. */
  readonly dieAfterTokens?: number;
  /** Steps last so many times as long. */
  readonly slowness?: number;
  /** GET /metrics: never answered, answered with 500, or with a page that has no family of vLLM. */
  readonly metrics?: "hang" | "error" | "foreign";
  /** All connections break and none is accepted for so long. */
  readonly refuseMs?: number;
}

const checks: { readonly [K in keyof Required<Faults>]: (value: unknown) => boolean } = {
  status: (value) => [429, 500, 502, 503, 504].includes(value as number),
  dieAfterTokens: (value) => Number.isInteger(value) && (value as number) >= 0,
  slowness: (value) => typeof value === "number" && value >= 1,
  metrics: (value) => ["hang", "error", "foreign"].includes(value as string),
  refuseMs: (value) => typeof value === "number" && value > 0,
};

/** Returns the faults, or what is wrong with the text. */
export function readFaults(text: string): Faults | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `Cannot set faults: ${JSON.stringify(text)} is not JSON`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return "Cannot set faults: not an object";
  }
  for (const [name, setting] of Object.entries(value)) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof Faults] : undefined;
    if (check === undefined) return `Cannot set fault "${name}": known are ${Object.keys(checks).join(", ")}`;
    if (!check(setting)) return `Cannot set fault "${name}": ${JSON.stringify(setting)} is not allowed`;
  }
  return value;
}
