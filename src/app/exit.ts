/** Exit codes as sysexits names them. */
export const exitCodes = { ok: 0, failure: 1, usage: 64, unavailable: 69, noPermission: 77 } as const;

/** An error that the user can mend: its message is all that is printed. */
export class UsageError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
