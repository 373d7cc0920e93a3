/** Which proxies a trial waits for, and what they have said. Any refusal decides at once; so this counts the rest. */
export class Jury {
  readonly #limitMs: number;
  readonly #accepted = new Set<string>();
  /** Did not answer in time: not waited for until they answer again. */
  readonly #excused = new Set<string>();
  #connected: ReadonlySet<string> = new Set();
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** When those that are silent are excused. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  begin(nowMs: number): void {
    this.#accepted.clear();
    this.#deadlineMs = nowMs + this.#limitMs;
  }

  end(): void {
    this.#accepted.clear();
    this.rest();
  }

  /** Nobody is waited for any more. */
  rest(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  get isEmpty(): boolean {
    return this.#connected.size === 0;
  }

  connect(streams: ReadonlySet<string>): void {
    this.#connected = streams;
    for (const stream of this.#excused) if (!streams.has(stream)) this.#excused.delete(stream);
    for (const stream of this.#accepted) if (!streams.has(stream)) this.#accepted.delete(stream);
  }

  accept(stream: string): void {
    this.#accepted.add(stream);
    this.#excused.delete(stream);
  }

  expire(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    for (const stream of this.#connected) if (!this.#accepted.has(stream)) this.#excused.add(stream);
  }

  /** At least one has accepted, and nobody is waited for. */
  get isUnanimous(): boolean {
    if (this.#accepted.size === 0) return false;
    for (const stream of this.#connected) {
      if (!this.#accepted.has(stream) && !this.#excused.has(stream)) return false;
    }
    return true;
  }
}
