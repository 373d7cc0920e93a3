/** What every benchmark is to `npm run bench -- NAME`. */
export interface Bench {
  /** Its options, one a line. */
  readonly usage: string;
  run(args: readonly string[], context: BenchContext): Promise<void>;
}

export interface BenchContext {
  readonly print: (text: string) => void;
  /** Ends the run that is going on, and with it the bench. */
  readonly signal: AbortSignal;
}

/** The command line is wrong. */
export class BadUsage extends Error {}

export function numberOption(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least)) throw new BadUsage(`${name} "${text}" is not a number of ${least} or more`);
  return value;
}

/** The parts of a comma-separated option that are meant; all where it is absent. */
export function chosen<T>(all: readonly T[], names: string | undefined, nameOf: (one: T) => string): readonly T[] {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found === undefined) throw new BadUsage(`there is no "${name}", but ${all.map(nameOf).join(", ")}`);
    return found;
  });
}
