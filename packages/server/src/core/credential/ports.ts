import type { Digest } from "../secret/keyring.ts";
import type { CredentialUse } from "../usage/ports.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import type { Kind } from "./kinds.ts";
import type { CredentialOrder, CredentialPlace } from "./order.ts";
import type { CredentialState } from "./state.ts";

export interface CredentialFilter {
  readonly ownerId?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly instance?: string | undefined;
  readonly state?: CredentialState | undefined;
  readonly clientId?: string | undefined;
  readonly unusedSince?: number | undefined;
  readonly createdSince?: number | undefined;
  readonly usedSince?: number | undefined;
  readonly neverUsed?: boolean | undefined;
  /** The nearer of the expiry date and the idle deadline lies at or before this moment. */
  readonly expiresBy?: number | undefined;
  /** Text that the title, the hint or the owner's name holds, whatever the case of ASCII letters. */
  readonly text?: string | undefined;
  /** Used from an address within this range, as far as its sources are kept. */
  readonly usedFrom?: { readonly first: string; readonly last: string } | undefined;
  /** Newest first if absent. */
  readonly order?: CredentialOrder | undefined;
  /** Begins after this place of the order. */
  readonly after?: CredentialPlace | undefined;
  readonly limit: number;
  /** The moment that `state` is judged at. */
  readonly now: number;
}

/** A change of a credential. An absent member stays as it is. */
export interface CredentialChange
  extends Partial<
    Pick<
      Credential,
      | "title"
      | "note"
      | "selfRotate"
      | "scopes"
      | "ownerId"
      | "formerName"
      | "expiresAt"
      | "idleMs"
      | "addresses"
      | "addressTrial"
      | "frozen"
      | "idleFrom"
      | "touchedAt"
      | "touches"
      | "generation"
      | "rotation"
      | "dismissedAt"
    >
  > {
  /** Overrides the moment at which the rotation is looked at again. */
  readonly rotationCheckAt?: number | null;
  /** Another secret in place of the present one. */
  readonly secret?: Pick<Credential, "digest" | "digestKeyVersion" | "hint" | "sealedSecret">;
}

export interface CredentialReads {
  /** How many match the filter, counted up to its limit; its order and place do not matter. */
  count(filter: CredentialFilter): Promise<number>;
  findByDigest(digest: Digest): Promise<Credential | null>;
  findById(id: string): Promise<Credential | null>;
  /** The newest generation that is active in this slot. */
  findInSlot(ownerId: string, slot: string): Promise<Credential | null>;
  /** All generations that are active in this slot, the newest first. */
  allInSlot(ownerId: string, slot: string): Promise<readonly Credential[]>;
  list(filter: CredentialFilter): Promise<readonly Credential[]>;
  /** Ids and digests of all, ended ones too, ascending by id, beginning after `after`. */
  listDigests(
    after: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly digest: Uint8Array }[]>;
  /** Those without an end, the newest first, beginning before the id `before`; at most `limit`. */
  listWithoutEnd(before: string | null, limit: number): Promise<readonly Credential[]>;
  /**
   * Active ones that their rotation ends by the clock, or whose rotation must be looked at; at most `limit`.
   */
  findRotationsDue(now: number, limit: number): Promise<readonly Credential[]>;
  /** Active ones that thaw by themselves at or before `now`, at most `limit`. */
  findThawsDue(now: number, limit: number): Promise<readonly Credential[]>;
  /** How many living ones an account has at `now`; counts no further than `limit`. */
  countOf(ownerId: string, now: number, limit: number): Promise<number>;
  /** How many living ones of these kinds would be past `createdAt + lifeMs` at `now`. */
  countOlderThan(kinds: readonly Kind[], lifeMs: number, now: number): Promise<number>;
}

/** What the audit log tells of an ended credential. Small: a change may end a hundred thousand. */
export type Ended = Pick<Credential, "id" | "kind" | "ownerId" | "hint" | "title">;

/** Credentials of one owner, instance or client, perhaps of one kind. */
export interface CredentialsOf {
  readonly ownerId?: string;
  readonly kind?: Kind;
  readonly instance?: string;
  readonly clientId?: string;
}

export interface CredentialWrites extends CredentialReads {
  /** `expiresOwn` and `idleOwn`: the lifetime was asked for, so a changed option does not move it. */
  insert(
    credential: Credential,
    life: { slot: string | null; expiresOwn: boolean; idleOwn: boolean },
  ): Promise<void>;
  /**
   * True if an account has fewer than `max` living ones at `now`. Relies on an audit event with every insert,
   * in the same change.
   */
  hasRoom(ownerId: string, now: number, max: number): Promise<boolean>;
  /** Ends it if it is not ended yet; true when this call did. */
  end(id: string, end: CredentialEnd): Promise<boolean>;
  /** Adds a note to an end that is stored already. */
  setEndNote(id: string, note: string): Promise<void>;
  /**
   * Ends active ones that match, at most `limit`, and returns which; an empty filter, or a kind alone, ends
   * none.
   */
  endWhere(filter: CredentialsOf, end: CredentialEnd, limit: number): Promise<readonly Ended[]>;
  /** Changes the record, whatever its state: the caller has judged that in the same transaction. */
  change(id: string, change: CredentialChange): Promise<void>;
  /** Living by the record, but past their end by the clock. At most `limit`. */
  findLapsed(now: number, limit: number): Promise<readonly Credential[]>;
  /**
   * Each moves later, never earlier. Ids are distinct and sorted, so that two nodes never wait for each
   * other's rows.
   */
  recordUses(uses: readonly { readonly id: string; readonly use: CredentialUse }[]): Promise<void>;
  /**
   * Sets the expiry of all active ones of a kind to `createdAt + lifeMs`, or to none; those that asked for
   * their own expiry only expire earlier by it.
   */
  reschedule(kind: Kind, lifeMs: number | null): Promise<void>;
  /** Sets the idle time of all active ones of a kind that did not ask for their own. */
  setIdle(kind: Kind, idleMs: number | null): Promise<void>;
  eraseSealed(kind: Kind): Promise<number>;
  /** Removes at most `limit` that ended before that moment; returns how many. */
  purgeEndedBefore(moment: number, limit: number): Promise<number>;
}
