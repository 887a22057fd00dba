import type { Credential } from "../credential/credential.ts";
import type { GivenWarning, WarningCause } from "./warning.ts";

/** A place in the walk over what ends: the end and the id. */
export interface WarningPlace {
  readonly key: number;
  readonly id: string;
}

export interface WarningCandidate {
  readonly credential: Credential;
  readonly given: GivenWarning | null;
  readonly place: WarningPlace;
}

interface WarningPage {
  readonly now: number;
  readonly after: WarningPlace | null;
  readonly limit: number;
}

export interface WarningReads {
  /**
   * Active credentials whose fixed end comes, of which a warning so long before it is due and not given yet,
   * in the order of their ends.
   */
  expiring(
    page: WarningPage & { readonly beforeMs: readonly number[] },
  ): Promise<readonly WarningCandidate[]>;
  /**
   * As `expiring`, for those that end by disuse. The thresholds are shares of the idle time. May hold a
   * credential whose warning is due a millisecond later.
   */
  endingByDisuse(
    page: WarningPage & { readonly shares: readonly number[] },
  ): Promise<readonly WarningCandidate[]>;
  given(credentialId: string, cause: WarningCause): Promise<GivenWarning | null>;
}

export interface WarningWrites extends WarningReads {
  /** Remembers the warning in place of an earlier one of the same credential and cause. */
  remember(credentialId: string, cause: WarningCause, warning: GivenWarning): Promise<void>;
  /** Removes at most `limit` warnings of deadlines before that moment; returns how many. */
  purgeBefore(moment: number, limit: number): Promise<number>;
}
