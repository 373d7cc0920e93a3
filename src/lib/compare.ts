/** A total order: negative, zero or positive. Code-unit order of strings, so that it is the same on every machine. */
export type Compare<T> = (a: T, b: T) => number;

export const compareStrings: Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The first order that tells the two apart decides. */
export function inTurn<T>(...orders: readonly Compare<T>[]): Compare<T> {
  return (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
}

export function compareBy<T>(key: (value: T) => string): Compare<T> {
  return (a, b) => compareStrings(key(a), key(b));
}
