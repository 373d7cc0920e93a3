/**
 * How many requests may be on their way to a server, or in its own queue, before it has started them. A request that
 * the server cannot start yet gains nothing there: in the gateway a more important one can still pass it. The window
 * doubles when one reading shows that all were started, and halves when some still wait, so that it follows how many
 * the server starts between two readings.
 */
export class StartWindow {
  #size: number;
  readonly #largest: number;

  constructor(initial: number, largest: number) {
    this.#size = initial;
    this.#largest = largest;
  }

  get size(): number {
    return this.#size;
  }

  /** `sent`: unstarted before this reading; `waiting`: those that it shows as not started. */
  read(sent: number, waiting: number): void {
    if (waiting > 0) this.#size = Math.max(1, Math.floor(this.#size / 2));
    else if (sent >= this.#size) this.#size = Math.min(this.#largest, this.#size * 2);
  }
}
