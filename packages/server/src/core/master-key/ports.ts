import type { Credential } from "../credential/credential.ts";
import type { Digest } from "../secret/keyring.ts";

/** A sealed value where it is stored. */
export interface StoredSeal {
  /** The table and column, for `replace`. */
  readonly place: string;
  readonly id: string;
  /** What binds the value to its place: see `Keyring.seal`. */
  readonly context: string;
  readonly sealed: Buffer;
}

/** What is kept under one version of the master key. */
export interface KeyVersionUse {
  readonly version: number;
  /** Active credentials whose digest is under it, by kind. */
  readonly credentials: Readonly<Record<string, number>>;
  /** Ids of OAuth clients whose secret is under it. */
  readonly clients: readonly string[];
  readonly sealed: number;
}

export interface KeyVersionReads {
  /** Every version that something is kept under, ascending. */
  uses(): Promise<readonly KeyVersionUse[]>;
  /** Values that are sealed under another version than this, at most `limit`. */
  sealedUnderOther(version: number, limit: number): Promise<readonly StoredSeal[]>;
  /** Active credentials whose digest is under this version, at most `limit`. */
  credentialsUnder(version: number, limit: number): Promise<readonly Credential[]>;
  /** Do all active nodes have this version at hand? */
  isKnownToNodes(version: number): Promise<boolean>;
}

export interface KeyVersionWrites extends KeyVersionReads {
  /** Exchanges a sealed value, unless somebody else was first. */
  replace(seal: StoredSeal, sealed: Buffer): Promise<void>;
  /**
   * Keeps a credential under another digest of the same secret, unless its secret was exchanged meanwhile;
   * true if it was moved.
   */
  moveCredential(id: string, former: Digest, digest: Digest): Promise<boolean>;
  moveClient(id: string, former: Digest, digest: Digest): Promise<boolean>;
  /** The client's secret is good no longer. */
  endClientSecret(id: string): Promise<void>;
}
