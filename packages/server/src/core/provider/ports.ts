import type { Secret } from "../secret/secret.ts";

export type ProviderKind = "oidc" | "ldap";

/** What the organisation's own provider says about a person. Issuer and subject are the key of the link. */
export interface ProviderIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Null if the claim is missing or no text. */
  readonly username: string | null;
  readonly displayName: string | null;
  /** Only if the provider has verified it. */
  readonly email: string | null;
  readonly groups: readonly string[];
  /** The provider's session, for a log-out of that one alone. */
  readonly sid: string | null;
  /** For the recheck. */
  readonly refresh: Secret | null;
}

/** One sign-in under way, kept by the browser in a sealed cookie. */
export interface SignInAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** A path on this hub. */
  readonly returnTo: string;
  /** How old the provider's own log-in may be at most, or null for any age. */
  readonly maxAgeSeconds: number | null;
  readonly startedAt: number;
}

/** What a recheck of one person found out. */
export type Recheck =
  | { readonly outcome: "accepted"; readonly identity: ProviderIdentity }
  | { readonly outcome: "refused" }
  | OpenRecheck;

/** The provider's answer says nothing about the person. */
export interface OpenRecheck {
  readonly outcome: "unknown";
  /** Why, for the log: no secret is in it. */
  readonly problem: string;
  /** The refresh token that took the place of the one that was shown; null if that one stays. */
  readonly refresh: Secret | null;
}

/** A recheck that decided nothing, as operators see it. */
export interface RecheckTrouble {
  readonly provider: ProviderKind;
  readonly problem: string;
}

/** A log-out that the provider announces (OpenID Connect Back-Channel Logout 1.0). */
export interface LogoutNotice {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string | null;
  readonly sid: string | null;
  readonly expiresAt: number;
}

/** An OpenID provider. Methods throw `provider_unavailable` if it does not answer in time. */
export interface OidcProvider {
  /** Where the browser goes. */
  startUrl(attempt: SignInAttempt): Promise<string>;
  /** The person behind the callback's URL. Throws `sign_in_failed` if anything does not fit the attempt. */
  finish(url: string, attempt: SignInAttempt): Promise<ProviderIdentity>;
  /**
   * `unknown` if the person is linked to another issuer: a changed option says nothing about people. Throws
   * `provider_unavailable` also if the token endpoint is slow, gone or faulty.
   */
  recheck(link: {
    readonly refresh: Secret;
    readonly issuer: string;
    readonly subject: string;
  }): Promise<Recheck>;
  /** Throws `malformed_request` for a token that is not a good one. */
  readLogout(token: string): Promise<LogoutNotice>;
}

/** A directory of names and passwords. Throws `provider_unavailable` if it does not answer in time. */
export interface Directory {
  /** The person, or null for an unknown name and a wrong password alike. */
  authenticate(username: string, password: string): Promise<ProviderIdentity | null>;
  recheck(subject: string): Promise<Recheck>;
}

/** What the groups of a person decide. */
export interface GroupRules {
  readonly admin: string | null;
  readonly auditor: string | null;
  /** Nobody outside it signs in. */
  readonly required: string | null;
  /** Names of groups are compared without regard to case, as those of directories are. */
  readonly foldsCase: boolean;
}

export interface ProviderSetup<Provider> {
  readonly provider: Provider;
  readonly groups: GroupRules;
  readonly recheckMs: number;
}

/** How people sign in besides local passwords. */
export interface SignInSetup {
  readonly oidc: (ProviderSetup<OidcProvider> & { readonly name: string }) | null;
  readonly ldap: ProviderSetup<Directory> | null;
  /** `hidden`: pages do not offer the local form, which stays at its own address. */
  readonly local: "on" | "hidden";
}

/** Ties an account to a person at the provider. */
export interface ExternalLink {
  readonly accountId: string;
  readonly provider: ProviderKind;
  readonly issuer: string;
  readonly subject: string;
  readonly sealedRefresh: Buffer | null;
  readonly checkedAt: number;
  /** Refusals in a row. */
  readonly failures: number;
}

export interface LinkReads {
  find(issuer: string, subject: string): Promise<ExternalLink | null>;
  /** Those that were last checked before `moment` and can be checked, the longest ago first. */
  findDue(provider: ProviderKind, moment: number, limit: number): Promise<readonly ExternalLink[]>;
}

export interface LinkWrites extends LinkReads {
  /** Inserts it, or replaces all but the key. */
  put(link: ExternalLink): Promise<void>;
  /** False if this log-out was noted before. */
  noteLogout(id: string, expiresAt: number, now: number): Promise<boolean>;
}
