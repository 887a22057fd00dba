/** Exit codes of the commands, from sysexits.h. */
export const EXIT = {
  done: 0,
  /** The command line is wrong, or the command does not fit how the server is set up. */
  usage: 64,
  /** A file is not what it must be: a broken backup, a foreign log. */
  data: 65,
  /** A file that the command reads is missing. */
  noInput: 66,
  noUser: 67,
  unavailable: 69,
  internal: 70,
  /** A file or directory that the command would write exists already. */
  cannotCreate: 73,
  /** A disk is full, or the system refuses to read or write. */
  io: 74,
  /** Refused for now; the message says what to wait for. */
  tryLater: 75,
  notAllowed: 77,
  config: 78,
} as const;

/** Ends a command with a sentence for the operator. The message never holds a secret. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
