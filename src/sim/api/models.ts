import type { ModelNames } from "./generation-request.ts";

/** The body of GET /v1/models: the base model and its adapters, in vLLM's form. */
export function modelsBody(models: ModelNames, maxModelTokens: number, created: number): string {
  const entry = (id: string, parent: string | null) => ({
    id,
    object: "model",
    created,
    owned_by: "vllm",
    root: id,
    parent,
    max_model_len: parent === null ? maxModelTokens : null,
  });
  const data = [entry(models.base, null), ...models.loras.map((lora) => entry(lora, models.base))];
  return JSON.stringify({ object: "list", data });
}
