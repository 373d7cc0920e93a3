import type { Usage } from "../../pool/learned-output.ts";

/** Keys under which Envoy puts the answer's token counts, in our namespace, where it is told to extract them. */
export const usageKeys = { promptTokens: "prompt_tokens", completionTokens: "completion_tokens" } as const;

export function readUsage(metadata: { readonly [key: string]: unknown } | undefined): Usage {
  const promptTokens = count(metadata?.[usageKeys.promptTokens]);
  const completionTokens = count(metadata?.[usageKeys.completionTokens]);
  return {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens }),
  };
}

function count(value: unknown): number | undefined {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}
