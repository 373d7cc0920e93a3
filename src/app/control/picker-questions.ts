import type { Clock } from "../../lib/clock.ts";

/** The picker's thread may be blocked or restarting: its metrics are then missing, and ours are still shown. */
const answerLimitMs = 1_000;

/** Questions to the picker's thread, each with an id that its answer repeats. */
export class PickerQuestions {
  readonly #clock: Clock;
  readonly #ask: (id: number) => void;
  readonly #open = new Map<number, (text: string) => void>();
  #lastId = 0;

  constructor(clock: Clock, ask: (id: number) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  metrics(): Promise<string> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(answerLimitMs, () => this.answered(id, ""));
      this.#open.set(id, (text) => {
        cancel();
        resolve(text);
      });
      this.#ask(id);
    });
  }

  /** An answer that nobody waits for any more is ignored. */
  answered(id: number, text: string): void {
    this.#open.get(id)?.(text);
    this.#open.delete(id);
  }
}
