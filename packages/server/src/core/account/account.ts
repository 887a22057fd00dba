import { isNamespace } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";

export type Role = "admin" | "auditor" | "member";

/** A service has no password, no session and no sign-in: its stewards make its credentials. */
export type AccountType = "person" | "service";

/** A team as its member sees it: what the member holds by it, and who added the member. */
export interface Membership {
  readonly teamId: string;
  readonly team: string;
  /** An administrator added the member. */
  readonly byHand: boolean;
  /** The identity provider's groups added the member. */
  readonly byProvider: boolean;
  readonly grants: readonly Scope[];
}

/** The id is the identity; the name is a label that a later account may carry again. */
export interface Account {
  readonly id: string;
  readonly type: AccountType;
  /** A small number for systems that want one (Zen's `uid`). Never used again. */
  readonly number: number;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly role: Role;
  readonly disabled: boolean;
  /** A PHC string, or null for an account that cannot log in by password. */
  readonly passwordHash: string | null;
  /**
   * Counts how often everything of the account was ended. Bearers without a parent credential carry the
   * number and expire with it.
   */
  readonly epoch: number;
  readonly grants: readonly Scope[];
  /** By team name. A Quay robot holds the repository grants of its team here. */
  readonly teams: readonly Membership[];
  /** For services. */
  readonly description: string | null;
  /** The identity provider that vouches for the person; null for a local account. */
  readonly provider: "oidc" | "ldap" | null;
  /** Since when the provider refuses the person. Sessions have ended and credentials are frozen. */
  readonly suspendedAt: number | null;
  readonly createdAt: number;
}

/** The stored fields of a new account. */
export type AccountRecord = Omit<
  Account,
  "number" | "grants" | "teams" | "description" | "type" | "provider" | "suspendedAt"
> &
  Partial<Pick<Account, "description" | "type" | "provider">> & {
    /** Of a Quay robot: the id of the team whose repository grants it holds. */
    readonly robotOf?: string;
  };

/** The rule of `isUsername`, for errors. */
export const USERNAME_FORM = "1 to 64 letters, digits or . _ @ + ~ # : -, a letter or digit first";
const USERNAME = /^[A-Za-z0-9][A-Za-z0-9._@+~#:-]{0,63}$/;

export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/**
 * Names are unique without regard to case; this is the form that is compared. ASCII only, so lower case is
 * enough.
 */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

/** The first component of each granted repository name, if it is a name and not a pattern. */
export function grantedNamespaces(scopes: readonly Scope[]): readonly string[] {
  return scopes
    .filter((scope) => scope.type === "repository" && scope.name.includes("/"))
    .map((scope) => scope.name.slice(0, scope.name.indexOf("/")))
    .filter((namespace) => isNamespace(namespace));
}
