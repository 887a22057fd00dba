import type { Scope } from "../authority/scope.ts";
import type { EndReason } from "../end-reason.ts";
import type { CredentialUse } from "../usage/ports.ts";
import type { Kind } from "./kinds.ts";

export interface CredentialEnd {
  readonly at: number;
  readonly reason: EndReason;
  /** The reason that the revoking person gave. */
  readonly note: string | null;
}

/** Who froze it. Only the same class or a higher one thaws it again. */
export type FreezeClass = "owner" | "administrator" | "system";

export interface Freeze {
  readonly at: number;
  /** The user name at the time, or `system`. */
  readonly by: string;
  readonly class: FreezeClass;
  readonly reason: string | null;
  /** When it thaws without a request. */
  readonly until: number | null;
}

export type RotationMode = "now" | "timed" | "first_use" | "quiet";

/**
 * The part that a credential plays in a rotation. Both credentials carry the same facts, each with its own
 * role and the other's id.
 */
export interface Rotation {
  readonly role: "predecessor" | "successor";
  /** The same id for all generations of one rotation history. */
  readonly group: string;
  readonly otherId: string;
  readonly mode: RotationMode;
  /** When the rotation was requested; the latest request if it was repeated. */
  readonly at: number;
  /** Mode `timed`: when the predecessor ends. */
  readonly endsAt: number | null;
  /** Modes `first_use` and `quiet`: the rotation is cancelled if the successor was not used by then. */
  readonly deadline: number | null;
  /** Mode `quiet`: the predecessor ends after this long without use. */
  readonly quietMs: number | null;
  /** Mode `quiet`: what happens to a predecessor that is still in use at the deadline. */
  readonly onDeadline: "keep" | "end";
  /** When the successor was first accepted for real work. */
  readonly firstUsedAt: number | null;
  /** The event `rotation.overdue` was written. */
  readonly overdue: boolean;
}

/** The stored record of a secret. Times are epoch milliseconds, durations milliseconds. */
export interface Credential extends CredentialLife {
  readonly id: string;
  readonly kind: Kind;
  readonly ownerId: string;
  readonly title: string | null;
  readonly scopes: readonly Scope[];
  readonly instance: string | null;
  /** The OAuth client it was issued to through a consent page, or null. */
  readonly clientId: string | null;
  readonly hint: string;
  readonly digest: Buffer;
  readonly digestKeyVersion: number;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly idleMs: number | null;
  readonly lastUse: CredentialUse | null;
  readonly end: CredentialEnd | null;
  /** The secret, sealed, where the operator lets app tokens be read again. */
  readonly sealedSecret: Buffer | null;
}

/** The part of a credential that people change after its creation. */
interface CredentialLife {
  readonly note: string | null;
  /** True if the secret itself may ask for its successor. */
  readonly selfRotate: boolean;
  /** The CIDRs and addresses it is good from; null means anywhere. */
  readonly addresses: readonly string[] | null;
  /** A list that is tried before it is enforced: uses from elsewhere are reported. Null: none. */
  readonly addressTrial: readonly string[] | null;
  /** The user name of its creator at the time. */
  readonly createdBy: string | null;
  /** Of a moved credential: the former owner's name in lower case, which is still accepted with it. */
  readonly formerName: string | null;
  readonly frozen: Freeze | null;
  /**
   * The idle time counts from here if that is later than the last use: a suspension that ended, or a touch.
   */
  readonly idleFrom: number | null;
  /** When it was last kept alive without a use, and how often since the last use. */
  readonly touchedAt: number | null;
  readonly touches: number;
  /** 1, and one more with each rotation. */
  readonly generation: number;
  readonly rotation: Rotation | null;
  /** When its owner removed it from the list of expired ones. */
  readonly dismissedAt: number | null;
}

/** A credential to which nothing has happened yet. */
export const UNTOUCHED: CredentialLife = {
  note: null,
  selfRotate: false,
  addresses: null,
  addressTrial: null,
  createdBy: null,
  formerName: null,
  frozen: null,
  idleFrom: null,
  touchedAt: null,
  touches: 0,
  generation: 1,
  rotation: null,
  dismissedAt: null,
};
