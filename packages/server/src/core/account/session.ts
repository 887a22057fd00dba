/**
 * A log-in that lasts: behind the browser's cookie, or as the bearer of a script. Times are epoch
 * milliseconds.
 */
export interface Session {
  readonly id: string;
  readonly accountId: string;
  /** When the password was last given. */
  readonly freshAt: number;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly address: string | null;
  readonly agent: string | null;
  /** The identity provider's session that it came from. */
  readonly externalSid: string | null;
}

/**
 * Sessions have a mark of their own, so that a session is never taken for a credential nor the other way
 * round.
 */
export const SESSION_MARK = "mms_";
