import { placementMetadata } from "../../lib/wire.ts";
import type { Usage } from "../../pool/learned-output.ts";

/** The answer's token counts, where Envoy was told to read them. */
export function readUsage(metadata: { readonly [key: string]: unknown } | undefined): Usage {
  const promptTokens = count(metadata?.[placementMetadata.promptTokensKey]);
  const completionTokens = count(metadata?.[placementMetadata.completionTokensKey]);
  return {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens }),
  };
}

function count(value: unknown): number | undefined {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}
