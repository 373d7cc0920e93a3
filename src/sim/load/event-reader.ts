/** What a piece of a server-sent stream contained. */
export interface EventCounts {
  /** Events with a piece of the answer: of vLLM, one token each. */
  readonly tokens: number;
  readonly done: boolean;
  /** Answer tokens that the server counted itself. */
  readonly usageTokens: number | undefined;
  readonly error: string | undefined;
}

/**
 * Counts the events of an OpenAI stream without parsing those of the answer: a benchmark client that parses each one
 * measures itself. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventReader {
  #rest = "";

  read(text: string): EventCounts {
    const events = (this.#rest + text).split("\n\n");
    this.#rest = events.pop() as string;
    let tokens = 0;
    let done = false;
    let usageTokens: number | undefined;
    let error: string | undefined;
    for (const event of events) {
      if (!event.startsWith("data:")) continue; // A comment that keeps the connection alive.
      if (event.endsWith("[DONE]")) {
        done = true;
        continue;
      }
      usageTokens = usageOf(event) ?? usageTokens;
      if (hasChoice.test(event)) tokens++;
      else if (event.includes('"error"')) error = event.slice("data:".length).trim();
    }
    return { tokens, done, usageTokens, error };
  }
}

const hasChoice = /"choices":\s*\[\s*\{/;

function usageOf(event: string): number | undefined {
  if (!event.includes('"completion_tokens"')) return undefined;
  return Number(/"completion_tokens":\s*(\d+)/.exec(event)?.[1]) || undefined;
}
