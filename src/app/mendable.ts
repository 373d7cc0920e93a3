import { exitCodes, UsageError } from "./exit.ts";

/** What of this machine's ports and folders is refused is for the user to mend: the words count, not where they are from. */
export function mendable<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error), exitCodes.unavailable);
  });
}
