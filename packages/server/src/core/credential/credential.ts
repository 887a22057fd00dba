import type { Scope } from "../authority/scope.ts";
import type { Kind } from "./kinds.ts";

/** Why a credential is at its end. */
export type EndReason =
  | "revoked"
  | "replaced"
  | "expired"
  | "inactive"
  | "owner_disabled"
  | "owner_deleted"
  | "password_reset"
  | "instance_deleted"
  | "client_deleted";

export interface CredentialEnd {
  readonly at: number;
  readonly reason: EndReason;
  /** What the person who revoked it gave as reason. */
  readonly note: string | null;
}

export interface CredentialUse {
  readonly at: number;
  readonly address: string | null;
  readonly agent: string | null;
}

/** The stored record of a secret. Times are epoch milliseconds, durations milliseconds. */
export interface Credential {
  readonly id: string;
  readonly kind: Kind;
  readonly ownerId: string;
  readonly title: string | null;
  readonly scopes: readonly Scope[];
  readonly instance: string | null;
  /** The OAuth client it was made for, where it came by a consent page. */
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

export type CredentialState = "active" | "expired" | "revoked";

/** When a credential dies of neglect, or null where it does not. `lastUsedAt` is the latest use known, stored or not. */
export function idleDeadline(credential: Credential, lastUsedAt: number | null): number | null {
  return credential.idleMs === null
    ? null
    : Math.max(credential.createdAt, lastUsedAt ?? 0) + credential.idleMs;
}

/** The end of a credential as of `now`: stored, or passed by the clock. Null while it lives. A deadline is the first moment of death. */
export function endOf(credential: Credential, lastUsedAt: number | null, now: number): CredentialEnd | null {
  if (credential.end) {
    return credential.end;
  }
  if (credential.expiresAt !== null && credential.expiresAt <= now) {
    return { at: credential.expiresAt, reason: "expired", note: null };
  }
  const deadline = idleDeadline(credential, lastUsedAt);
  return deadline !== null && deadline <= now ? { at: deadline, reason: "inactive", note: null } : null;
}

export function stateOf(end: CredentialEnd | null): CredentialState {
  if (!end) {
    return "active";
  }
  return end.reason === "expired" || end.reason === "inactive" ? "expired" : "revoked";
}
