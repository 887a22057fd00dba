export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Entropy {
  /** Unpredictable bytes. */
  bytes(count: number): Buffer;
}

/** Hashes passwords at a cost that is the port's own business; results are PHC strings. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes about as long for a wrong password as for a right one. */
  verify(phc: string, password: string): Promise<boolean>;
  /** Does the string carry weaker parameters than `hash` would use today? */
  isOutdated(phc: string): boolean;
}
