/** The result of a pure function, kept for as long as its argument lives. */
export function memoized<A extends object, V>(compute: (a: A) => V): (a: A) => V {
  const results = new WeakMap<A, { readonly value: V }>();
  return (a) => {
    const known = results.get(a);
    if (known !== undefined) return known.value;
    const value = compute(a);
    results.set(a, { value });
    return value;
  };
}

/** The same for two arguments; for each first one the result for the last seen second one is kept. */
export function memoizedPair<A extends object, B extends object, V>(compute: (a: A, b: B) => V): (a: A, b: B) => V {
  const results = new WeakMap<A, { readonly b: B; readonly value: V }>();
  return (a, b) => {
    const known = results.get(a);
    if (known?.b === b) return known.value;
    const value = compute(a, b);
    results.set(a, { b, value });
    return value;
  };
}
