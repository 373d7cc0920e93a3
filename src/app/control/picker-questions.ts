import type { Clock } from "../../lib/clock.ts";

/** The picker's thread may be blocked or restarting: what it would tell is then missing, and all else is shown. */
const answerLimitMs = 1_000;

/** Questions of one kind to the picker's thread, each with an id that its answer repeats. */
export class PickerQuestions<Answer> {
  readonly #clock: Clock;
  readonly #open = new Map<number, (answer: Answer | undefined) => void>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined: no answer in time. */
  ask(send: (id: number) => void): Promise<Answer | undefined> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const settle = (answer: Answer | undefined): void => {
        cancel();
        this.#open.delete(id);
        resolve(answer);
      };
      const cancel = this.#clock.after(answerLimitMs, () => settle(undefined));
      this.#open.set(id, settle);
      send(id);
    });
  }

  /** An answer that nobody waits for any more is ignored. */
  answered(id: number, answer: Answer): void {
    this.#open.get(id)?.(answer);
  }
}
