/**
 * Finds which of some suspects are refused, by trials. Each trial releases some suspects and holds the others; its
 * outcome says what the next one is. Ends after at most two trials per suspect, and one, and `mostAlone`.
 *
 * The first trial holds all suspects; then groups are added to what was accepted, and a group that is refused is
 * halved. Where a held origin is refused outright instead of served as it was before, innocents would suffer
 * meanwhile; so a few suspects are first held one at a time, in case a single one is at fault.
 */
export class Search {
  readonly suspects: readonly string[];
  readonly text: string;
  readonly #good = new Set<string>();
  readonly #culprits = new Map<string, string>();
  /** Still to be held alone; the first one is on trial. */
  readonly #alone: string[];
  readonly #groups: (readonly string[])[];
  /** What the current trial adds to the good ones; undefined once all are judged. */
  #trial: ReadonlySet<string> | undefined = new Set();

  /** All of them together were refused, in the words of `text`: that is why there is a search. */
  constructor(suspects: readonly string[], options: { readonly text: string; readonly spares: boolean }) {
    this.suspects = suspects;
    this.text = options.text;
    this.#alone = options.spares && suspects.length <= mostAlone ? [...suspects] : [];
    this.#groups = halves(suspects);
  }

  /** The trial that holds all suspects: where it is refused, the fault is elsewhere. */
  get isBaseline(): boolean {
    return this.#alone.length === 0 && this.#trial?.size === 0;
  }

  get isDone(): boolean {
    return this.#trial === undefined;
  }

  isReleased(origin: string): boolean {
    const [held] = this.#alone;
    if (held !== undefined) return origin !== held;
    return this.#good.has(origin) || this.#trial?.has(origin) === true;
  }

  /** Origin -> the words of the refusal. */
  get culprits(): ReadonlyMap<string, string> {
    return this.#culprits;
  }

  accepted(): void {
    const [held] = this.#alone;
    if (held !== undefined) {
      this.#alone.length = 0;
      // It is at fault if it is refused once more: whoever refused may have gone meanwhile.
      for (const origin of this.suspects) if (origin !== held) this.#good.add(origin);
      this.#groups.splice(0, Number.POSITIVE_INFINITY, [held]);
    }
    for (const origin of this.#trial ?? []) this.#good.add(origin);
    this.#takeGroup();
  }

  refused(text: string): void {
    if (this.#alone.shift() !== undefined) return;
    const [first, ...others] = this.#trial ?? [];
    if (first !== undefined && others.length === 0) this.#culprits.set(first, text);
    else this.#groups.unshift(...halves([...(this.#trial ?? [])]));
    this.#takeGroup();
  }

  #takeGroup(): void {
    const group = this.#groups.shift();
    this.#trial = group && new Set(group);
  }
}

const mostAlone = 16;

function halves(origins: readonly string[]): (readonly string[])[] {
  const middle = origins.length >> 1;
  return [origins.slice(0, middle), origins.slice(middle)].filter((half) => half.length > 0);
}
