/**
 * Results that are kept from one build to the next while every input of theirs is the identical one. What a build
 * did not ask for is forgotten by the next, so nothing outlives the objects that it came from.
 *
 * Everything that a result depends on belongs into `inputs`: an input that is left out makes a stale result.
 */
export class Memo<Value> {
  #last = new Map<string, Kept<Value>>();
  #current = new Map<string, Kept<Value>>();

  begin(): void {
    this.#last = this.#current;
    this.#current = new Map();
  }

  /** `make` gets what stood under the key before, so that it can keep the parts that are equal. */
  recall(key: string, inputs: readonly unknown[], make: (last: Value | undefined) => Value): Value {
    const kept = this.#current.get(key) ?? this.#last.get(key);
    if (kept !== undefined && sameItems(kept.inputs, inputs)) {
      this.#current.set(key, kept);
      return kept.value;
    }
    const value = make(kept?.value);
    this.#current.set(key, { inputs, value });
    return value;
  }
}

interface Kept<Value> {
  readonly inputs: readonly unknown[];
  readonly value: Value;
}

/** Identity, item by item. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => Object.is(item, b[index]));
}

/** What is derived from one object alone, made once per object. */
export function memoOn<Subject extends object, Value>(make: (subject: Subject) => Value): (subject: Subject) => Value {
  const made = new WeakMap<Subject, { readonly value: Value }>();
  return (subject) => {
    let kept = made.get(subject);
    if (kept === undefined) {
      kept = { value: make(subject) };
      made.set(subject, kept);
    }
    return kept.value;
  };
}
