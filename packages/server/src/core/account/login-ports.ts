/** A wrong password. `PasswordAttempts` creates the keys; none of them is text that a person typed. */
export interface LoginFailure {
  readonly account: string;
  readonly address: string;
  /** The browser or session it came from, if that is known. */
  readonly device: string | null;
  readonly at: number;
}

export interface LoginReads {
  /** The failures of an account after `since`, newest first, at most `limit`. */
  failuresOf(account: string, since: number, limit: number): Promise<readonly LoginFailure[]>;
  /** The times of failures from an address after `since`, newest first, at most `limit`. */
  failuresFrom(address: string, since: number, limit: number): Promise<readonly number[]>;
  /** When the account last signed in from the address, or null. */
  signedInAt(accountId: string, address: string): Promise<number | null>;
}

export interface LoginWrites extends LoginReads {
  addFailure(failure: LoginFailure): Promise<void>;
  /** Forgets the failures of an account that came from this address or this device. */
  forgetFailuresFrom(
    account: string,
    from: { readonly address: string; readonly device: string | null },
  ): Promise<void>;
  /** Remembers where an account signed in, and of its addresses only the `limit` latest. */
  rememberAddress(accountId: string, address: string, at: number, limit: number): Promise<void>;
  /** Forgets the failures of an account and the addresses that it signed in from. */
  forgetAccount(accountId: string): Promise<void>;
  /**
   * Keeps at most `limit` failures: those of accounts and addresses below their bounds give way first, then
   * the oldest.
   */
  trimFailures(limit: number, bounds: { readonly account: number; readonly address: number }): Promise<void>;
  purge(before: { readonly failures: number; readonly addresses: number }): Promise<void>;
}
