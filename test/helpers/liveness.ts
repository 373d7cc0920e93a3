/** Asks /livez every few milliseconds; the result ends it and says what was answered, 0 for no answer. */
export function watchLiveness(admin: string): () => Promise<readonly number[]> {
  const codes: number[] = [];
  let isStopped = false;
  const asking = (async () => {
    while (!isStopped) {
      const code = await fetch(new URL("/livez", admin)).then(
        ({ status }) => status,
        () => 0,
      );
      codes.push(code);
      await new Promise<void>((wake) => setTimeout(wake, 10).unref());
    }
  })();
  return async () => {
    isStopped = true;
    await asking;
    return codes;
  };
}
