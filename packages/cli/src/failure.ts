/** Exit codes of the command, as `docs/guide/command.md` lists them. */
export const EXIT = { good: 0, usage: 1, refused: 2, unreachable: 3 } as const;

/** A failure that is shown to the person: what happened, and what to do about it. */
export class Failure extends Error {
  readonly exitCode: number;
  /** What to run or to look at next; null if there is nothing to suggest. */
  readonly advice: string | null;
  /** Stable, for `--json`. */
  readonly code: string;

  constructor(
    exitCode: number,
    code: string,
    message: string,
    { advice = null, cause }: { readonly advice?: string | null; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = "Failure";
    this.exitCode = exitCode;
    this.code = code;
    this.advice = advice;
  }
}

export function usageFailure(message: string, advice: string | null = null): Failure {
  return new Failure(EXIT.usage, "usage", message, { advice });
}

export function refusal(code: string, message: string, advice: string | null = null): Failure {
  return new Failure(EXIT.refused, code, message, { advice });
}
