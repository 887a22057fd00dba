import type { Credential } from "../credential/credential.ts";
import type { GivenWarning, WarningCause } from "./warning.ts";

/** A place in the walk over what ends: by the fixed end and the id, or by the id alone. */
export interface WarningPlace {
  readonly key: number;
  readonly id: string;
}

export interface WarningCandidate {
  readonly credential: Credential;
  readonly given: GivenWarning | null;
}

export interface WarningReads {
  /** Active credentials whose fixed end lies between two moments, in the order of their ends. */
  expiringBetween(page: {
    readonly from: number;
    readonly to: number;
    readonly after: WarningPlace | null;
    readonly limit: number;
  }): Promise<readonly WarningCandidate[]>;
  /** Active credentials that end by disuse, in the order of their ids. */
  endingByDisuse(page: {
    readonly after: WarningPlace | null;
    readonly limit: number;
  }): Promise<readonly WarningCandidate[]>;
  given(credentialId: string, cause: WarningCause): Promise<GivenWarning | null>;
}

export interface WarningWrites extends WarningReads {
  /** Remembers the warning in place of an earlier one of the same credential and cause. */
  remember(credentialId: string, cause: WarningCause, warning: GivenWarning): Promise<void>;
  /** Removes at most `limit` warnings of deadlines before that moment; returns how many. */
  purgeBefore(moment: number, limit: number): Promise<number>;
}
