/** Marks a branch that the types rule out; a value that arrives all the same is a broken invariant. */
export function assertNever(value: never): never {
  throw new Error(`Cannot handle value: it is in no known case: ${JSON.stringify(value)}`);
}
