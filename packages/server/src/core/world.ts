export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Entropy {
  /** Unpredictable bytes. */
  bytes(count: number): Buffer;
}

/** The caller that a hash is computed for, so that many callers get fair turns. */
export interface HashTurn {
  /** Callers of one lane wait for each other, those of different lanes take turns: an address key. */
  readonly lane: string;
  /** True if nothing waits for the result any more. */
  isGone?(): boolean;
}

/** Hashes passwords at a cost that is the port's own business; results are PHC strings. */
export interface PasswordHasher {
  /** Throws `busy` when too many wait, or when the caller is gone. */
  hash(password: string, turn?: HashTurn): Promise<string>;
  /** Takes about as long for a wrong password as for a right one. Throws like `hash`. */
  verify(phc: string, password: string, turn?: HashTurn): Promise<boolean>;
  /** True if the string carries weaker parameters than `hash` would use today. */
  isOutdated(phc: string): boolean;
}
