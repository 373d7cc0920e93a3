/** How much a prompt is: the simulation has no tokenizer, so four bytes of text are a token. */
export interface Prompt {
  readonly tokens: number;
  /** What two prompts with the same beginning share; for prefix caching. */
  readonly content: string | readonly number[];
}

export const bytesPerToken = 4;

export function textPrompt(text: string): Prompt {
  return { tokens: Math.max(1, Math.ceil(Buffer.byteLength(text) / bytesPerToken)), content: text };
}

/**
 * The `prompt` of a completion: a text, an array of tokens, or an array of either.
 * https://platform.openai.com/docs/api-reference/completions/create
 */
export function readPrompts(prompt: unknown): readonly Prompt[] | undefined {
  if (typeof prompt === "string") return [textPrompt(prompt)];
  if (!Array.isArray(prompt) || prompt.length === 0) return undefined;
  const items: readonly unknown[] = prompt;
  if (isTokens(items)) return [{ tokens: items.length, content: items }];
  const prompts: Prompt[] = [];
  for (const item of items) {
    if (typeof item === "string") prompts.push(textPrompt(item));
    else if (Array.isArray(item) && item.length > 0 && isTokens(item)) {
      prompts.push({ tokens: item.length, content: item });
    } else return undefined;
  }
  return prompts;
}

/** The messages of a chat become one prompt; the parts of a message that are not text count nothing. */
export function readMessages(messages: unknown): Prompt | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  let text = "";
  for (const message of messages as readonly unknown[]) {
    if (typeof message !== "object" || message === null) return undefined;
    const { role, content } = message as Readonly<Record<string, unknown>>;
    if (typeof role !== "string") return undefined;
    text += `<|${role}|>${messageText(content)}`;
  }
  return textPrompt(text);
}

function messageText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as readonly unknown[])
    .map((part) => (typeof part === "object" && part !== null && "text" in part ? String(part.text) : ""))
    .join("");
}

function isTokens(items: readonly unknown[]): items is readonly number[] {
  return items.every((item) => Number.isInteger(item));
}
