import { messageOf } from "../lib/message-of.ts";
import { exitCodes, UsageError } from "./exit.ts";

/** What of this machine's ports and folders is refused is for the user to mend: the words count, not where they are from. */
export function mendable<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    throw new UsageError(messageOf(error), exitCodes.unavailable);
  });
}
