// Made by `npm run generate` from docs/reference/openapi.json. Changes made here are lost.
import type { CallOptions, OperationCall } from "./call.ts";

export type GetSignInAnswer = {
  /** the provider's name for people */
  readonly provider: string | null;
  /** pages offer the form for local accounts */
  readonly local: boolean;
};

export type OpenSessionBody = {
  readonly username: string;
  readonly password: string;
};

export type OpenSessionAnswer = {
  readonly accessToken: string;
  readonly tokenType: "Bearer";
  /** seconds */
  readonly expiresIn: number;
  readonly csrfToken: string;
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly displayName: string | null;
    readonly email: string | null;
    readonly role: "admin" | "auditor" | "member";
    readonly disabled: boolean;
    readonly teams: readonly string[];
    readonly provider: "oidc" | "ldap" | null;
    /** true if the identity provider refuses the person: sessions have ended, credentials are frozen */
    readonly suspended: boolean;
    readonly externalTeams: readonly string[];
    /** RFC 3339, UTC */
    readonly createdAt: string;
  };
};

export type GetSessionAnswer = {
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly displayName: string | null;
    readonly email: string | null;
    readonly role: "admin" | "auditor" | "member";
    readonly disabled: boolean;
    readonly teams: readonly string[];
    readonly provider: "oidc" | "ldap" | null;
    /** true if the identity provider refuses the person: sessions have ended, credentials are frozen */
    readonly suspended: boolean;
    readonly externalTeams: readonly string[];
    /** RFC 3339, UTC */
    readonly createdAt: string;
  };
  readonly scopes: readonly string[];
  readonly csrfToken: string | null;
  /** RFC 3339, UTC */
  readonly expiresAt: string | null;
  /** RFC 3339, UTC */
  readonly freshUntil: string | null;
};

export type ChangePasswordBody = {
  readonly currentPassword: string;
  readonly newPassword: string;
  /** also revoke all credentials, as when an administrator resets the password */
  readonly revokeCredentials?: boolean | undefined;
};

export type ListSessionsAnswer = {
  readonly sessions: readonly ({
    readonly id: string;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string;
    /** the address from which it was opened */
    readonly address: string | null;
    readonly agent: string | null;
    /** the session that sends this request */
    readonly current: boolean;
  })[];
  readonly nextCursor: string | null;
};

export type EndOtherSessionsAnswer = {
  readonly ended: number;
};

export type ListUsersAnswer = {
  readonly users: readonly ({
    readonly id: string;
    readonly username: string;
    readonly displayName: string | null;
    readonly email: string | null;
    readonly role: "admin" | "auditor" | "member";
    readonly disabled: boolean;
    readonly teams: readonly string[];
    readonly provider: "oidc" | "ldap" | null;
    /** true if the identity provider refuses the person: sessions have ended, credentials are frozen */
    readonly suspended: boolean;
    readonly externalTeams: readonly string[];
    /** RFC 3339, UTC */
    readonly createdAt: string;
  })[];
  readonly nextCursor: string | null;
  readonly total: {
    readonly count: number;
    /** false: there are more than were counted */
    readonly complete: boolean;
  };
};

export type CreateUserBody = {
  readonly username: string;
  readonly password?: string | undefined;
  readonly displayName?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly role: "admin" | "auditor" | "member";
};

export type CreateUserAnswer = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly role: "admin" | "auditor" | "member";
  readonly disabled: boolean;
  readonly teams: readonly string[];
  readonly provider: "oidc" | "ldap" | null;
  /** true if the identity provider refuses the person: sessions have ended, credentials are frozen */
  readonly suspended: boolean;
  readonly externalTeams: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type GetUserAnswer = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly role: "admin" | "auditor" | "member";
  readonly disabled: boolean;
  readonly teams: readonly string[];
  readonly provider: "oidc" | "ldap" | null;
  /** true if the identity provider refuses the person: sessions have ended, credentials are frozen */
  readonly suspended: boolean;
  readonly externalTeams: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type UpdateUserBody = {
  readonly disabled?: boolean | undefined;
  readonly role?: "admin" | "auditor" | "member" | undefined;
  readonly password?: string | undefined;
  readonly displayName?: string | null | undefined;
  readonly email?: string | null | undefined;
};

export type UpdateUserAnswer = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly role: "admin" | "auditor" | "member";
  readonly disabled: boolean;
  readonly teams: readonly string[];
  readonly provider: "oidc" | "ldap" | null;
  /** true if the identity provider refuses the person: sessions have ended, credentials are frozen */
  readonly suspended: boolean;
  readonly externalTeams: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type DeleteUserAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type GetAuthorityAnswer = {
  readonly grants: readonly ({
    /** type:name:action[,action] */
    readonly grant: string;
    /** own, team:<name> or everyone */
    readonly from: string;
  })[];
};

export type GetGrantsAnswer = {
  readonly grants: readonly string[];
};

export type SetGrantsBody = {
  /** type:name:action[,action] */
  readonly grants: readonly string[];
};

export type SetGrantsAnswer = {
  readonly grants: readonly string[];
};

export type AddGrantBody = {
  /** type:name:action[,action] */
  readonly grant: string;
};

export type AddGrantAnswer = {
  readonly grants: readonly string[];
};

export type RemoveGrantBody = {
  /** type:name:action[,action] */
  readonly grant: string;
};

export type RemoveGrantAnswer = {
  readonly grants: readonly string[];
};

export type GetSharedGrantsAnswer = {
  readonly grants: readonly string[];
};

export type SetSharedGrantsBody = {
  /** type:name:action[,action] */
  readonly grants: readonly string[];
};

export type SetSharedGrantsAnswer = {
  readonly grants: readonly string[];
};

export type ListTeamsAnswer = {
  readonly teams: readonly ({
    readonly id: string;
    readonly name: string;
    readonly description: string | null;
    readonly externalGroup: string | null;
    readonly grants: readonly string[];
    readonly members: readonly string[];
    readonly externalMembers: readonly string[];
    /** RFC 3339, UTC */
    readonly createdAt: string;
  })[];
  readonly nextCursor: string | null;
};

export type CreateTeamBody = {
  readonly name: string;
  readonly description?: string | null | undefined;
  /** type:name:action[,action] */
  readonly grants?: readonly string[] | undefined;
  /** the identity provider's group of the members */
  readonly externalGroup?: string | null | undefined;
};

export type CreateTeamAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly externalGroup: string | null;
  readonly grants: readonly string[];
  readonly members: readonly string[];
  readonly externalMembers: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type GetTeamAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly externalGroup: string | null;
  readonly grants: readonly string[];
  readonly members: readonly string[];
  readonly externalMembers: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type UpdateTeamBody = {
  readonly description?: string | null | undefined;
  /** type:name:action[,action] */
  readonly grants?: readonly string[] | undefined;
  readonly externalGroup?: string | null | undefined;
};

export type UpdateTeamAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly externalGroup: string | null;
  readonly grants: readonly string[];
  readonly members: readonly string[];
  readonly externalMembers: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type DeleteTeamAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type AddTeamMemberAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly externalGroup: string | null;
  readonly grants: readonly string[];
  readonly members: readonly string[];
  readonly externalMembers: readonly string[];
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type RemoveTeamMemberAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type ListServicesAnswer = {
  readonly services: readonly ({
    readonly id: string;
    readonly name: string;
    readonly description: string | null;
    readonly stewards: readonly string[];
    /** true if none of its stewards is enabled */
    readonly orphaned: boolean;
    readonly grants: readonly string[];
    /** its own OAuth client */
    readonly clientId: string | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
  })[];
  readonly nextCursor: string | null;
};

export type CreateServiceBody = {
  readonly name: string;
  readonly description?: string | null | undefined;
  /** user names */
  readonly stewards?: readonly string[] | undefined;
  /** type:name:action[,action] */
  readonly grants?: readonly string[] | undefined;
};

export type CreateServiceAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly stewards: readonly string[];
  /** true if none of its stewards is enabled */
  readonly orphaned: boolean;
  readonly grants: readonly string[];
  /** its own OAuth client */
  readonly clientId: string | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type GetServiceAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly stewards: readonly string[];
  /** true if none of its stewards is enabled */
  readonly orphaned: boolean;
  readonly grants: readonly string[];
  /** its own OAuth client */
  readonly clientId: string | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type UpdateServiceBody = {
  readonly description?: string | null | undefined;
  /** user names */
  readonly stewards?: readonly string[] | undefined;
  /** type:name:action[,action] */
  readonly grants?: readonly string[] | undefined;
};

export type UpdateServiceAnswer = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly stewards: readonly string[];
  /** true if none of its stewards is enabled */
  readonly orphaned: boolean;
  readonly grants: readonly string[];
  /** its own OAuth client */
  readonly clientId: string | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type DeleteServiceAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type GetServiceGrantsAnswer = {
  readonly grants: readonly string[];
};

export type SetServiceGrantsBody = {
  /** type:name:action[,action] */
  readonly grants: readonly string[];
};

export type SetServiceGrantsAnswer = {
  readonly grants: readonly string[];
};

export type RenewServiceClientAnswer = {
  readonly clientId: string;
  readonly clientSecret: string;
};

export type CountCredentialsAnswer = {
  readonly count: number;
  /** false: there are more than were counted */
  readonly complete: boolean;
};

export type GetUsageOfManyAnswer = {
  readonly credentials: readonly ({
    readonly id: string;
    readonly days: readonly ({
      readonly day: string;
      readonly count: number;
    })[];
  })[];
};

export type LookUpSecretBody = {
  readonly secret: string;
};

export type LookUpSecretAnswer = {
  readonly credential: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  } | null;
  readonly reason: "unknown" | "malformed" | null;
};

export type ListCredentialsAnswer = {
  readonly credentials: readonly ({
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  })[];
  readonly nextCursor: string | null;
};

export type CreateCredentialBody = {
  readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
  /** a service that the caller is a steward of */
  readonly owner?: string | undefined;
  readonly title?: string | null | undefined;
  /** type:name:action[,action]; required for a personal_token of a person, else the kind's own when left out */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 3339, UTC */
  readonly expiresAt?: string | null | undefined;
  /** a duration: <n> and s, m, h, d or w */
  readonly idle?: string | null | undefined;
  readonly instance?: string | null | undefined;
  readonly note?: string | null | undefined;
  /** CIDRs or single addresses from which it is accepted; null means any address */
  readonly addresses?: readonly string[] | null | undefined;
  /** true if the secret itself may rotate the credential */
  readonly selfRotate?: boolean | undefined;
};

export type CreateCredentialAnswer = {
  readonly credential: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
  readonly secret: string;
};

export type GetCredentialAnswer = {
  readonly id: string;
  readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
  readonly title: string | null;
  readonly note: string | null;
  /** the mark, an ellipsis and the last four characters of the secret */
  readonly hint: string;
  /** user name; null once the account is deleted */
  readonly owner: string | null;
  /** user name of the account that created it, at that time */
  readonly createdBy: string | null;
  readonly scopes: readonly string[];
  readonly instance: string | null;
  readonly addresses: readonly string[] | null;
  readonly addressTrial: readonly string[] | null;
  readonly selfRotate: boolean;
  readonly state: "active" | "frozen" | "expired" | "revoked";
  readonly frozen: {
    /** RFC 3339, UTC */
    readonly at: string;
    /** user name, or system */
    readonly by: string;
    readonly class: "owner" | "administrator" | "system";
    readonly reason: string | null;
    /** RFC 3339, UTC */
    readonly until: string | null;
  } | null;
  readonly rotation: {
    readonly role: "predecessor" | "successor";
    /** the same for all generations */
    readonly group: string;
    readonly generation: number;
    readonly otherId: string;
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** RFC 3339, UTC */
    readonly endsAt: string | null;
    /** RFC 3339, UTC */
    readonly deadline: string | null;
  } | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
  /** RFC 3339, UTC */
  readonly expiresAt: string | null;
  /** RFC 3339, UTC */
  readonly idleExpiresAt: string | null;
  /** RFC 3339, UTC */
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  readonly lastUsedAgent: string | null;
  /** RFC 3339, UTC */
  readonly touchedAt: string | null;
  /** RFC 3339, UTC */
  readonly revokedAt: string | null;
  readonly revokedReason: string | null;
  readonly revokedNote: string | null;
};

export type RevokeCredentialBody = {
  readonly reason?: string | null | undefined;
};

export type RevokeCredentialAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type EditCredentialBody = {
  readonly title?: string | null | undefined;
  readonly note?: string | null | undefined;
  /** true needs a fresh log-in */
  readonly selfRotate?: boolean | undefined;
  /** type:name:action[,action] */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 3339, UTC */
  readonly expiresAt?: string | null | undefined;
  /** CIDRs or single addresses from which it is accepted; null means any address */
  readonly addresses?: readonly string[] | null | undefined;
  /** a list on trial: uses from other addresses are reported but not refused; null ends the trial */
  readonly addressTrial?: readonly string[] | null | undefined;
  /** a service that the owner is a steward of; needs a fresh log-in */
  readonly owner?: string | undefined;
};

export type EditCredentialAnswer = {
  readonly id: string;
  readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
  readonly title: string | null;
  readonly note: string | null;
  /** the mark, an ellipsis and the last four characters of the secret */
  readonly hint: string;
  /** user name; null once the account is deleted */
  readonly owner: string | null;
  /** user name of the account that created it, at that time */
  readonly createdBy: string | null;
  readonly scopes: readonly string[];
  readonly instance: string | null;
  readonly addresses: readonly string[] | null;
  readonly addressTrial: readonly string[] | null;
  readonly selfRotate: boolean;
  readonly state: "active" | "frozen" | "expired" | "revoked";
  readonly frozen: {
    /** RFC 3339, UTC */
    readonly at: string;
    /** user name, or system */
    readonly by: string;
    readonly class: "owner" | "administrator" | "system";
    readonly reason: string | null;
    /** RFC 3339, UTC */
    readonly until: string | null;
  } | null;
  readonly rotation: {
    readonly role: "predecessor" | "successor";
    /** the same for all generations */
    readonly group: string;
    readonly generation: number;
    readonly otherId: string;
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** RFC 3339, UTC */
    readonly endsAt: string | null;
    /** RFC 3339, UTC */
    readonly deadline: string | null;
  } | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
  /** RFC 3339, UTC */
  readonly expiresAt: string | null;
  /** RFC 3339, UTC */
  readonly idleExpiresAt: string | null;
  /** RFC 3339, UTC */
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  readonly lastUsedAgent: string | null;
  /** RFC 3339, UTC */
  readonly touchedAt: string | null;
  /** RFC 3339, UTC */
  readonly revokedAt: string | null;
  readonly revokedReason: string | null;
  readonly revokedNote: string | null;
};

export type GetCredentialUsageAnswer = {
  readonly days: readonly ({
    readonly day: string;
    readonly count: number;
  })[];
};

export type RevealCredentialAnswer = {
  readonly secret: string;
};

export type TouchCredentialAnswer = {
  readonly id: string;
  readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
  readonly title: string | null;
  readonly note: string | null;
  /** the mark, an ellipsis and the last four characters of the secret */
  readonly hint: string;
  /** user name; null once the account is deleted */
  readonly owner: string | null;
  /** user name of the account that created it, at that time */
  readonly createdBy: string | null;
  readonly scopes: readonly string[];
  readonly instance: string | null;
  readonly addresses: readonly string[] | null;
  readonly addressTrial: readonly string[] | null;
  readonly selfRotate: boolean;
  readonly state: "active" | "frozen" | "expired" | "revoked";
  readonly frozen: {
    /** RFC 3339, UTC */
    readonly at: string;
    /** user name, or system */
    readonly by: string;
    readonly class: "owner" | "administrator" | "system";
    readonly reason: string | null;
    /** RFC 3339, UTC */
    readonly until: string | null;
  } | null;
  readonly rotation: {
    readonly role: "predecessor" | "successor";
    /** the same for all generations */
    readonly group: string;
    readonly generation: number;
    readonly otherId: string;
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** RFC 3339, UTC */
    readonly endsAt: string | null;
    /** RFC 3339, UTC */
    readonly deadline: string | null;
  } | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
  /** RFC 3339, UTC */
  readonly expiresAt: string | null;
  /** RFC 3339, UTC */
  readonly idleExpiresAt: string | null;
  /** RFC 3339, UTC */
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  readonly lastUsedAgent: string | null;
  /** RFC 3339, UTC */
  readonly touchedAt: string | null;
  /** RFC 3339, UTC */
  readonly revokedAt: string | null;
  readonly revokedReason: string | null;
  readonly revokedNote: string | null;
};

export type RevokeCredentialsBody = {
  readonly kind?: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token" | undefined;
  /** every kind; one of `kind` and `all` must be given */
  readonly all?: true | undefined;
  readonly reason?: string | null | undefined;
};

export type RevokeCredentialsAnswer = {
  readonly revoked: number;
};

export type FreezeCredentialBody = {
  readonly reason?: string | null | undefined;
  /** RFC 3339, UTC */
  readonly until?: string | null | undefined;
};

export type FreezeCredentialAnswer = {
  readonly id: string;
  readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
  readonly title: string | null;
  readonly note: string | null;
  /** the mark, an ellipsis and the last four characters of the secret */
  readonly hint: string;
  /** user name; null once the account is deleted */
  readonly owner: string | null;
  /** user name of the account that created it, at that time */
  readonly createdBy: string | null;
  readonly scopes: readonly string[];
  readonly instance: string | null;
  readonly addresses: readonly string[] | null;
  readonly addressTrial: readonly string[] | null;
  readonly selfRotate: boolean;
  readonly state: "active" | "frozen" | "expired" | "revoked";
  readonly frozen: {
    /** RFC 3339, UTC */
    readonly at: string;
    /** user name, or system */
    readonly by: string;
    readonly class: "owner" | "administrator" | "system";
    readonly reason: string | null;
    /** RFC 3339, UTC */
    readonly until: string | null;
  } | null;
  readonly rotation: {
    readonly role: "predecessor" | "successor";
    /** the same for all generations */
    readonly group: string;
    readonly generation: number;
    readonly otherId: string;
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** RFC 3339, UTC */
    readonly endsAt: string | null;
    /** RFC 3339, UTC */
    readonly deadline: string | null;
  } | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
  /** RFC 3339, UTC */
  readonly expiresAt: string | null;
  /** RFC 3339, UTC */
  readonly idleExpiresAt: string | null;
  /** RFC 3339, UTC */
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  readonly lastUsedAgent: string | null;
  /** RFC 3339, UTC */
  readonly touchedAt: string | null;
  /** RFC 3339, UTC */
  readonly revokedAt: string | null;
  readonly revokedReason: string | null;
  readonly revokedNote: string | null;
};

export type ThawCredentialBody = {

};

export type ThawCredentialAnswer = {
  readonly id: string;
  readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
  readonly title: string | null;
  readonly note: string | null;
  /** the mark, an ellipsis and the last four characters of the secret */
  readonly hint: string;
  /** user name; null once the account is deleted */
  readonly owner: string | null;
  /** user name of the account that created it, at that time */
  readonly createdBy: string | null;
  readonly scopes: readonly string[];
  readonly instance: string | null;
  readonly addresses: readonly string[] | null;
  readonly addressTrial: readonly string[] | null;
  readonly selfRotate: boolean;
  readonly state: "active" | "frozen" | "expired" | "revoked";
  readonly frozen: {
    /** RFC 3339, UTC */
    readonly at: string;
    /** user name, or system */
    readonly by: string;
    readonly class: "owner" | "administrator" | "system";
    readonly reason: string | null;
    /** RFC 3339, UTC */
    readonly until: string | null;
  } | null;
  readonly rotation: {
    readonly role: "predecessor" | "successor";
    /** the same for all generations */
    readonly group: string;
    readonly generation: number;
    readonly otherId: string;
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** RFC 3339, UTC */
    readonly endsAt: string | null;
    /** RFC 3339, UTC */
    readonly deadline: string | null;
  } | null;
  /** RFC 3339, UTC */
  readonly createdAt: string;
  /** RFC 3339, UTC */
  readonly expiresAt: string | null;
  /** RFC 3339, UTC */
  readonly idleExpiresAt: string | null;
  /** RFC 3339, UTC */
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  readonly lastUsedAgent: string | null;
  /** RFC 3339, UTC */
  readonly touchedAt: string | null;
  /** RFC 3339, UTC */
  readonly revokedAt: string | null;
  readonly revokedReason: string | null;
  readonly revokedNote: string | null;
};

export type RotateCredentialBody = {
  /** when the old credential ends; if absent: when the new one is first used, within 7d */
  readonly old?: {
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** a duration: <n> and s, m, h, d or w */
    readonly for?: string | undefined;
    /** a duration: <n> and s, m, h, d or w */
    readonly deadline?: string | undefined;
    readonly onDeadline?: "keep" | "end" | undefined;
  } | undefined;
  readonly title?: string | null | undefined;
  /** RFC 3339, UTC */
  readonly expiresAt?: string | null | undefined;
  /** a duration: <n> and s, m, h, d or w */
  readonly idle?: string | null | undefined;
};

export type RotateCredentialAnswer = {
  readonly credential: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
  readonly secret: string;
  readonly predecessor: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
};

export type RotateSelfBody = {
  /** when the old credential ends; if absent: when the new one is first used, within 7d */
  readonly old?: {
    readonly mode: "now" | "timed" | "first_use" | "quiet";
    /** a duration: <n> and s, m, h, d or w */
    readonly for?: string | undefined;
    /** a duration: <n> and s, m, h, d or w */
    readonly deadline?: string | undefined;
    readonly onDeadline?: "keep" | "end" | undefined;
  } | undefined;
  readonly title?: string | null | undefined;
  /** RFC 3339, UTC */
  readonly expiresAt?: string | null | undefined;
  /** a duration: <n> and s, m, h, d or w */
  readonly idle?: string | null | undefined;
};

export type RotateSelfAnswer = {
  readonly credential: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
  readonly secret: string;
  readonly predecessor: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
};

export type GetCredentialSourcesAnswer = {
  readonly sources: readonly ({
    readonly address: string | null;
    readonly agent: string | null;
    readonly door: "galaxy" | "realm" | "registry" | "zen" | "gateway" | "introspection" | "api";
    /** RFC 3339, UTC */
    readonly firstUsedAt: string;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string;
    readonly uses: number;
  })[];
  readonly more: number;
};

export type AdviseAddressesAnswer = {
  /** for `addresses` or `addressTrial`; empty if unused */
  readonly proposed: readonly string[];
  /** RFC 3339, UTC */
  readonly since: string;
  /** false: it was used from more places than are kept */
  readonly complete: boolean;
  /** uses that the list on trial would have refused */
  readonly outside: readonly ({
    readonly address: string | null;
    readonly agent: string | null;
    readonly door: "galaxy" | "realm" | "registry" | "zen" | "gateway" | "introspection" | "api";
    /** RFC 3339, UTC */
    readonly firstUsedAt: string;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string;
    readonly uses: number;
  })[];
};

export type GetCredentialRotationAnswer = {
  readonly predecessor: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
  readonly successor: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    readonly note: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    /** user name; null once the account is deleted */
    readonly owner: string | null;
    /** user name of the account that created it, at that time */
    readonly createdBy: string | null;
    readonly scopes: readonly string[];
    readonly instance: string | null;
    readonly addresses: readonly string[] | null;
    readonly addressTrial: readonly string[] | null;
    readonly selfRotate: boolean;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    readonly frozen: {
      /** RFC 3339, UTC */
      readonly at: string;
      /** user name, or system */
      readonly by: string;
      readonly class: "owner" | "administrator" | "system";
      readonly reason: string | null;
      /** RFC 3339, UTC */
      readonly until: string | null;
    } | null;
    readonly rotation: {
      readonly role: "predecessor" | "successor";
      /** the same for all generations */
      readonly group: string;
      readonly generation: number;
      readonly otherId: string;
      readonly mode: "now" | "timed" | "first_use" | "quiet";
      /** RFC 3339, UTC */
      readonly endsAt: string | null;
      /** RFC 3339, UTC */
      readonly deadline: string | null;
    } | null;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string | null;
    readonly lastUsedFrom: string | null;
    readonly lastUsedAgent: string | null;
    /** RFC 3339, UTC */
    readonly touchedAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
    readonly revokedReason: string | null;
    readonly revokedNote: string | null;
  };
  readonly stillOnTheOld: readonly ({
    readonly address: string | null;
    readonly agent: string | null;
    readonly door: "galaxy" | "realm" | "registry" | "zen" | "gateway" | "introspection" | "api";
    /** RFC 3339, UTC */
    readonly firstUsedAt: string;
    /** RFC 3339, UTC */
    readonly lastUsedAt: string;
    readonly uses: number;
  })[];
};

export type ChangeCredentialsBody = {
  readonly action: "revoke" | "freeze" | "thaw";
  readonly ids?: readonly string[] | undefined;
  readonly filter?: {
    /** user name, or * for everybody; if absent: the caller */
    readonly owner?: string | undefined;
    readonly kind?: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token" | undefined;
    readonly state?: "active" | "frozen" | "expired" | "revoked" | undefined;
    readonly instance?: string | undefined;
    /** RFC 3339, UTC */
    readonly unusedSince?: string | undefined;
    /** RFC 3339, UTC */
    readonly usedSince?: string | undefined;
    readonly neverUsed?: boolean | undefined;
    /** RFC 3339, UTC */
    readonly createdSince?: string | undefined;
    /** RFC 3339, UTC */
    readonly expiresBy?: string | undefined;
    /** a CIDR or an address */
    readonly usedFrom?: string | undefined;
    /** text within the title, the hint or the owner's name */
    readonly search?: string | undefined;
  } | undefined;
  readonly reason?: string | null | undefined;
  /** the expected number of matches; if absent they are only counted */
  readonly confirm?: number | undefined;
};

export type ChangeCredentialsAnswer = {
  readonly matches?: number | undefined;
  readonly done?: number | undefined;
  readonly failed?: readonly ({
    readonly id: string;
    readonly code: string;
  })[] | undefined;
};

export type ListInstancesAnswer = {
  readonly instances: readonly ({
    readonly id: string;
    readonly displayName: string;
    /** RFC 3339, UTC */
    readonly createdAt: string;
  })[];
};

export type CreateInstanceBody = {
  readonly id: string;
  readonly displayName: string;
};

export type CreateInstanceAnswer = {
  readonly id: string;
  readonly displayName: string;
  /** RFC 3339, UTC */
  readonly createdAt: string;
};

export type DeleteInstanceAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type ListClientsAnswer = {
  readonly clients: readonly ({
    readonly clientId: string;
    readonly name: string;
    readonly type: "confidential" | "public";
    readonly scopes: readonly string[];
    readonly redirectUris: readonly string[];
    readonly implicit: boolean;
    readonly trustedForAddresses: boolean;
    /** the flows it may use; null for all that its type allows */
    readonly flows: readonly string[] | null;
    readonly pkceOptional: boolean;
    /** RFC 3339, UTC */
    readonly createdAt: string;
  })[];
};

export type CreateClientBody = {
  readonly clientId?: string | undefined;
  readonly name: string;
  readonly type: "confidential" | "public";
  /** type:name:action[,action] */
  readonly scopes?: readonly string[] | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  /** allow response_type=token (Quay's old form) */
  readonly implicit?: boolean | undefined;
  /** true if the hub believes the client_address that it sends with an introspection */
  readonly trustedForAddresses?: boolean | undefined;
  /** the flows it may use; if absent all that its type allows */
  readonly flows?: readonly ("authorization_code" | "client_credentials" | "device_code" | "refresh_token")[] | undefined;
  /** codes without PKCE, for confidential clients made for Quay */
  readonly pkceOptional?: boolean | undefined;
};

export type CreateClientAnswer = {
  readonly client: {
    readonly clientId: string;
    readonly name: string;
    readonly type: "confidential" | "public";
    readonly scopes: readonly string[];
    readonly redirectUris: readonly string[];
    readonly implicit: boolean;
    readonly trustedForAddresses: boolean;
    /** the flows it may use; null for all that its type allows */
    readonly flows: readonly string[] | null;
    readonly pkceOptional: boolean;
    /** RFC 3339, UTC */
    readonly createdAt: string;
  };
  readonly clientSecret: string | null;
};

export type RotateClientSecretAnswer = {
  readonly client: {
    readonly clientId: string;
    readonly name: string;
    readonly type: "confidential" | "public";
    readonly scopes: readonly string[];
    readonly redirectUris: readonly string[];
    readonly implicit: boolean;
    readonly trustedForAddresses: boolean;
    /** the flows it may use; null for all that its type allows */
    readonly flows: readonly string[] | null;
    readonly pkceOptional: boolean;
    /** RFC 3339, UTC */
    readonly createdAt: string;
  };
  readonly clientSecret: string;
};

export type DeleteClientAnswer = {
  readonly receipt: {
    /** every active node has applied the change */
    readonly complete: boolean;
    /** false: the answering node could not ask the others; the list may be out of date */
    readonly asked: boolean;
    /** the longest wait for a node, in milliseconds */
    readonly boundMs: number;
    /** the active nodes; the answering node comes first */
    readonly nodes: readonly ({
      readonly id: string;
      /** host and process */
      readonly name: string;
      /** false: the node did not answer; it asks the database for each request until it hears of the change */
      readonly applied: boolean;
      /** when its answer arrived, by the clock of the answering node */
      readonly appliedAt: string | null;
      /** milliseconds from the commit to its answer */
      readonly ms: number | null;
      /** RFC 3339, UTC */
      readonly lastSeenAt: string;
    })[];
  };
};

export type ListEventsAnswer = {
  readonly events: readonly ({
    readonly seq: number;
    /** RFC 3339, UTC */
    readonly at: string;
    readonly actor: string;
    readonly action: string;
    readonly owner: string | null;
    readonly credentialId: string | null;
    readonly details: Readonly<Record<string, unknown>>;
    readonly address: string | null;
    readonly agent: string | null;
    readonly hash: string;
    readonly previousHash: string;
  })[];
  readonly nextCursor: string | null;
};

export type CountEventsAnswer = {
  readonly count: number;
  /** false: there are more than were counted */
  readonly complete: boolean;
};

export type CheckAuditAnswer = {
  readonly intact: boolean;
  /** the first event that is missing, out of order or changed; null if none */
  readonly brokenAt: number | null;
  /** the first event whose hash needs the master key, if this call read it; it never changes */
  readonly keyedFrom: number | null;
  /** false: continue with ?after=<sequence> */
  readonly complete: boolean;
  /** the last good event */
  readonly sequence: number;
  /** its hash: a copy kept elsewhere proves later that no earlier event was changed */
  readonly hash: string;
  /** events that a restore from a backup has lost, newest restore first */
  readonly gaps: readonly ({
    /** the last event before the gap */
    readonly after: number;
    readonly backupAt: string;
    readonly restoredAt: string;
    /** the last lost event, according to the ends log */
    readonly lostUpTo: number | null;
  })[];
};

export type PreviewApiKeyExpirationAnswer = {
  readonly wouldEnd: number;
};

export type ListKeysAnswer = {
  readonly keys: readonly ({
    readonly id: string;
    readonly purpose: "realm" | "registry" | "zen";
    readonly algorithm: string;
    readonly state: "next" | "current" | "retired";
    readonly kid: string;
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly activatedAt: string | null;
    /** RFC 3339, UTC */
    readonly retiredAt: string | null;
  })[];
};

export type GetStatisticsAnswer = {
  /** RFC 3339, UTC */
  readonly countedAt: string;
  readonly of: "hub" | "own";
  readonly credentials: {
    readonly active: number;
    readonly frozen: number;
    /** active, and used within the last 24 hours */
    readonly usedLastDay: number;
    /** active, and never used */
    readonly neverUsed: number;
    /** active, and not used for 90 days; one that was never used counts from its creation */
    readonly unused90Days: number;
    /** active, and expires within 7 days if it is not used */
    readonly expiring7Days: number;
    /** active, and expires within 30 days if it is not used */
    readonly expiring30Days: number;
  };
  readonly kinds: readonly ({
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly active: number;
    readonly frozen: number;
    /** active, and used within the last 24 hours */
    readonly usedLastDay: number;
    /** active, and never used */
    readonly neverUsed: number;
    /** active, and not used for 90 days; one that was never used counts from its creation */
    readonly unused90Days: number;
    /** active, and expires within 7 days if it is not used */
    readonly expiring7Days: number;
    /** active, and expires within 30 days if it is not used */
    readonly expiring30Days: number;
  })[];
  /** the last 24 hours, oldest first; of=hub */
  readonly hours?: readonly ({
    /** when the hour or day begins, UTC */
    readonly at: string;
    /** accepted credentials */
    readonly accepted: number;
    /** refused credentials */
    readonly refused: number;
    /** the refused, by reason */
    readonly reasons: Readonly<Record<string, number>>;
    readonly signIns: number;
    readonly refusedSignIns: number;
  })[] | undefined;
  /** the last 90 days, oldest first; of=hub */
  readonly days?: readonly ({
    /** when the hour or day begins, UTC */
    readonly at: string;
    /** accepted credentials */
    readonly accepted: number;
    /** refused credentials */
    readonly refused: number;
    /** the refused, by reason */
    readonly reasons: Readonly<Record<string, number>>;
    readonly signIns: number;
    readonly refusedSignIns: number;
  })[] | undefined;
  /** the ten most used credentials; of=hub */
  readonly mostUsed?: readonly ({
    readonly id: string;
    readonly title: string | null;
    readonly hint: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly owner: string | null;
    /** yesterday and today, UTC */
    readonly uses: number;
  })[] | undefined;
  /** the active nodes; the one that answers comes first; of=hub */
  readonly nodes?: readonly ({
    readonly id: string;
    /** host and process */
    readonly name: string;
    /** it answered within a second */
    readonly answers: boolean;
    readonly ms: number | null;
    /** RFC 3339, UTC */
    readonly lastSeenAt: string;
  })[] | undefined;
  /** the newest events of the audit chain, checked; of=hub */
  readonly audit?: {
    /** the last good event */
    readonly sequence: number;
    readonly hash: string;
    readonly intact: boolean;
    /** the first event that this answer checked */
    readonly checkedFrom: number;
    readonly brokenAt: number | null;
  } | undefined;
};

export type IntrospectManyBody = {
  readonly secrets: readonly string[];
  /** true: the question does not count as a use */
  readonly peek?: boolean | undefined;
  /** the address that sent the secrets; believed from clients with trustedForAddresses */
  readonly clientAddress?: string | undefined;
};

export type IntrospectManyAnswer = {
  readonly verdicts: readonly ({
    readonly active: boolean;
    readonly kind?: string | undefined;
    readonly username?: string | undefined;
    /** account id */
    readonly subject?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly expiresAt?: string | undefined;
    /** false: it is locked to addresses, and the address was not checked */
    readonly addressesChecked?: boolean | undefined;
    /** why it is not active; only for callers who hold hub:audit:use */
    readonly reason?: string | undefined;
  })[];
};

export type CheckSecretBody = {
  /** the secret, all of it */
  readonly secret: string;
};

export type CheckSecretAnswer = {
  readonly active: boolean;
  /** why it is not active: unknown, malformed, or how it ended */
  readonly reason: string | null;
  /** the reason as a sentence, with the day */
  readonly explanation: string | null;
  readonly credential: {
    readonly id: string;
    readonly kind: "offline_token" | "hub_token" | "app_token" | "platform_key" | "instance_key" | "personal_token";
    readonly title: string | null;
    /** the mark, an ellipsis and the last four characters of the secret */
    readonly hint: string;
    readonly state: "active" | "frozen" | "expired" | "revoked";
    /** RFC 3339, UTC */
    readonly createdAt: string;
    /** RFC 3339, UTC */
    readonly expiresAt: string | null;
    /** RFC 3339, UTC */
    readonly idleExpiresAt: string | null;
    /** RFC 3339, UTC */
    readonly revokedAt: string | null;
  } | null;
};

export type ListCollectionsAnswer = {
  readonly collections: readonly ({
    readonly namespace: string;
    readonly name: string;
    readonly highestVersion: string;
    readonly createdAt: string;
    readonly updatedAt: string;
  })[];
  readonly count: number;
  readonly nextCursor: string | null;
};

export type GetCollectionAnswer = {
  readonly collection: {
    readonly namespace: string;
    readonly name: string;
    readonly highestVersion: string;
    readonly createdAt: string;
    readonly updatedAt: string;
  };
  readonly versions: readonly ({
    readonly version: string;
    readonly sha256: string;
    /** bytes */
    readonly size: number;
    readonly requiresAnsible: string | null;
    readonly createdAt: string;
  })[];
  readonly count: number;
  readonly nextCursor: string | null;
};

export type ListWebhooksAnswer = {
  readonly webhooks: readonly ({
    readonly id: string;
    readonly url: string;
    readonly events: readonly string[];
    readonly description: string | null;
    readonly state: "active" | "failing" | "disabled";
    readonly createdAt: string;
  })[];
};

export type CreateWebhookBody = {
  readonly url: string;
  /** * for all, or any of credential.issued, credential.replaced, credential.rotated, credential.revoked, credential.expired, credential.frozen, credential.thawed, credential.expiring, credential.idle, credential.reused, account.created, account.disabled, account.enabled, account.deleted, service.orphaned, rotation.overdue, webhook.test */
  readonly events: readonly string[];
  readonly description?: string | null | undefined;
};

export type CreateWebhookAnswer = {
  readonly webhook: {
    readonly id: string;
    readonly url: string;
    readonly events: readonly string[];
    readonly description: string | null;
    readonly state: "active" | "failing" | "disabled";
    readonly createdAt: string;
  };
  /** whsec_…, never shown again */
  readonly secret: string;
};

export type GetWebhookAnswer = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly state: "active" | "failing" | "disabled";
  readonly createdAt: string;
};

export type UpdateWebhookBody = {
  readonly url?: string | undefined;
  /** * for all, or any of credential.issued, credential.replaced, credential.rotated, credential.revoked, credential.expired, credential.frozen, credential.thawed, credential.expiring, credential.idle, credential.reused, account.created, account.disabled, account.enabled, account.deleted, service.orphaned, rotation.overdue, webhook.test */
  readonly events?: readonly string[] | undefined;
  readonly description?: string | null | undefined;
  readonly state?: "active" | "disabled" | undefined;
};

export type UpdateWebhookAnswer = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly state: "active" | "failing" | "disabled";
  readonly createdAt: string;
};

export type RotateWebhookSecretAnswer = {
  readonly webhook: {
    readonly id: string;
    readonly url: string;
    readonly events: readonly string[];
    readonly description: string | null;
    readonly state: "active" | "failing" | "disabled";
    readonly createdAt: string;
  };
  /** whsec_…, never shown again */
  readonly secret: string;
};

export type TestWebhookAnswer = {
  /** the webhook-id of every attempt */
  readonly id: string;
  readonly type: string;
  /** the audit event; null for a test */
  readonly seq: number | null;
  readonly state: "pending" | "delivered" | "failed";
  /** HTTP status of the last answer; null without an answer */
  readonly status: number | null;
  /** attempts so far */
  readonly attempt: number;
  /** how long the last attempt took */
  readonly ms: number | null;
  readonly nextAttemptAt: string | null;
};

export type ListDeliveriesAnswer = {
  readonly deliveries: readonly ({
    /** the webhook-id of every attempt */
    readonly id: string;
    readonly type: string;
    /** the audit event; null for a test */
    readonly seq: number | null;
    readonly state: "pending" | "delivered" | "failed";
    /** HTTP status of the last answer; null without an answer */
    readonly status: number | null;
    /** attempts so far */
    readonly attempt: number;
    /** how long the last attempt took */
    readonly ms: number | null;
    readonly nextAttemptAt: string | null;
  })[];
};

export type RedeliverAnswer = {
  /** the webhook-id of every attempt */
  readonly id: string;
  readonly type: string;
  /** the audit event; null for a test */
  readonly seq: number | null;
  readonly state: "pending" | "delivered" | "failed";
  /** HTTP status of the last answer; null without an answer */
  readonly status: number | null;
  /** attempts so far */
  readonly attempt: number;
  /** how long the last attempt took */
  readonly ms: number | null;
  readonly nextAttemptAt: string | null;
};

export type GetNotificationsAnswer = {
  /** whether this hub sends mail */
  readonly mail: boolean;
  /** for administrators and auditors: the mail server's refusal of the hub itself, which stops all mail */
  readonly mailProblem: string | null;
  /** true if the caller gets mail before a credential expires on its date */
  readonly expiring: boolean;
  /** true if the caller gets mail before a credential expires for lack of use */
  readonly idle: boolean;
  /** the caller's mail address */
  readonly email: string | null;
  /** how long before the expiry date there is a warning */
  readonly warnBefore: readonly string[];
  /** after which shares of the idle time there is a warning */
  readonly warnIdle: readonly string[];
  /** after how long without a use an offline token expires */
  readonly offlineIdle: string;
  /** whether credentials may be kept alive without a use */
  readonly touch: boolean;
};

export type UpdateNotificationsBody = {
  readonly expiring?: boolean | undefined;
  readonly idle?: boolean | undefined;
};

export type UpdateNotificationsAnswer = {
  /** whether this hub sends mail */
  readonly mail: boolean;
  /** for administrators and auditors: the mail server's refusal of the hub itself, which stops all mail */
  readonly mailProblem: string | null;
  /** true if the caller gets mail before a credential expires on its date */
  readonly expiring: boolean;
  /** true if the caller gets mail before a credential expires for lack of use */
  readonly idle: boolean;
  /** the caller's mail address */
  readonly email: string | null;
  /** how long before the expiry date there is a warning */
  readonly warnBefore: readonly string[];
  /** after which shares of the idle time there is a warning */
  readonly warnIdle: readonly string[];
  /** after how long without a use an offline token expires */
  readonly offlineIdle: string;
  /** whether credentials may be kept alive without a use */
  readonly touch: boolean;
};

export type TestNotificationAnswer = {
  readonly response: string;
};

export type GetEndpointsAnswer = {
  readonly publicUrl: string;
  readonly realm: string;
  /** the URL at which an offline token is exchanged */
  readonly tokenUrl: string;
  /** for ansible-galaxy, with its slash at the end */
  readonly galaxyUrl: string;
  /** the registry in log-in commands */
  readonly registryHost: string;
  /** the registries that trust this hub */
  readonly registryHosts: readonly string[];
  readonly registryServices: readonly string[];
  readonly settings: {
    /** a duration, or never */
    readonly offlineIdle: string;
    /** a duration, or never */
    readonly accessTokenLifetime: string;
    /** a duration, or never */
    readonly appTokenExpiration: string;
    /** once or always */
    readonly appTokenReveal: string;
    /** a duration, or never */
    readonly apiKeyExpiration: string;
    /** a duration, or never */
    readonly freshLogin: string;
    /** a duration, or never */
    readonly sessionLifetime: string;
    /** a duration, or never */
    readonly zenTokenLifetime: string;
    /** a duration, or never */
    readonly registryTokenLifetime: string;
  };
};

export type MakeLoginPiecesBody = {
  /** one of the caller's app tokens, as shown when it was created */
  readonly secret: string;
  /** host[:port]; if absent: the first registry that trusts this hub, else the hub's own host */
  readonly registry?: string | undefined;
  /** narrows the pull secret to host/namespace */
  readonly namespace?: string | undefined;
};

export type MakeLoginPiecesAnswer = {
  readonly username: "$app";
  /** the registry that the pieces are for */
  readonly registry: string;
  /** every registry that trusts this hub, as the operator named them */
  readonly registryHosts: readonly string[];
  readonly commands: {
    readonly podman: string;
    readonly docker: string;
    readonly skopeo: string;
  };
  readonly dockerConfig: {
    readonly filename: string;
    readonly text: string;
  };
  readonly kubernetes: {
    readonly name: string;
    readonly filename: string;
    readonly text: string;
    readonly command: string;
    readonly podSpec: string;
  };
};

export type GetRestoredAnswer = {
  /** decide: credentials from before the restore are answered with 503; complete: restored with its ends log */
  readonly state: "none" | "decide" | "decided" | "complete";
  readonly restoredAt: string | null;
  readonly backupAt: string | null;
  readonly choice: "accept" | "freeze" | null;
};

export type DecideRestoredBody = {
  readonly choice: "accept" | "freeze";
};

export type DecideRestoredAnswer = {
  /** decide: credentials from before the restore are answered with 503; complete: restored with its ends log */
  readonly state: "none" | "decide" | "decided" | "complete";
  readonly restoredAt: string | null;
  readonly backupAt: string | null;
  readonly choice: "accept" | "freeze" | null;
};

/** One method for each operation of the API. How a call travels is its subclass's business. */
export abstract class ApiOperations {
  protected abstract call<Answer>(call: OperationCall, options: CallOptions): Promise<Answer>;

  /** How people sign in here. */
  getSignIn(
    options: CallOptions = {},
  ): Promise<GetSignInAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/sign-in` }, options);
  }

  /** Sign in with user name and password. */
  openSession(
    body: OpenSessionBody,
    options: CallOptions = {},
  ): Promise<OpenSessionAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/session`, body }, options);
  }

  /** Who the caller is, and what the caller may do. */
  getSession(
    options: CallOptions = {},
  ): Promise<GetSessionAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/session` }, options);
  }

  /** Sign out. */
  closeSession(
    options: CallOptions = {},
  ): Promise<void> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/session` }, options);
  }

  /** Change the caller's own password; all other sessions end, and credentials only with revokeCredentials. */
  changePassword(
    body: ChangePasswordBody,
    options: CallOptions = {},
  ): Promise<void> {
    return this.call({ method: "PUT", path: `/api/mintmark/v1/password`, body }, options);
  }

  /** The caller's sessions, newest first. */
  listSessions(
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListSessionsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/sessions`, query }, options);
  }

  /** End all other sessions of the caller. */
  endOtherSessions(
    options: CallOptions = {},
  ): Promise<EndOtherSessionsAnswer> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/sessions` }, options);
  }

  /** End one of the caller's sessions. */
  endSession(
    id: string,
    options: CallOptions = {},
  ): Promise<void> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/sessions/${encodeURIComponent(id)}` }, options);
  }

  /** All accounts, by name. */
  listUsers(
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
      /** text within the user name, the name or the email, at most 200 characters */
      readonly search?: string | undefined;
      /** admin, auditor or member */
      readonly role?: string | undefined;
      /** true or false */
      readonly disabled?: string | undefined;
      /** RFC 3339: created then or later */
      readonly createdSince?: string | undefined;
      /** RFC 3339: created before then */
      readonly createdBefore?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListUsersAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/users`, query }, options);
  }

  /** Create an account. */
  createUser(
    body: CreateUserBody,
    options: CallOptions = {},
  ): Promise<CreateUserAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/users`, body }, options);
  }

  /** One account. */
  getUser(
    username: string,
    options: CallOptions = {},
  ): Promise<GetUserAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}` }, options);
  }

  /** Change an account; disabling it or setting its password ends all its credentials and sessions. */
  updateUser(
    username: string,
    body: UpdateUserBody,
    options: CallOptions = {},
  ): Promise<UpdateUserAnswer> {
    return this.call({ method: "PATCH", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}`, body }, options);
  }

  /** Delete an account; all its credentials and sessions end. */
  deleteUser(
    username: string,
    options: CallOptions = {},
  ): Promise<DeleteUserAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}` }, options);
  }

  /** Every grant that an account holds, and where it comes from. */
  getAuthority(
    username: string,
    options: CallOptions = {},
  ): Promise<GetAuthorityAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}/authority` }, options);
  }

  /** The grants of an account itself. */
  getGrants(
    username: string,
    options: CallOptions = {},
  ): Promise<GetGrantsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}/grants` }, options);
  }

  /** Replace the grants of an account. */
  setGrants(
    username: string,
    body: SetGrantsBody,
    options: CallOptions = {},
  ): Promise<SetGrantsAnswer> {
    return this.call({ method: "PUT", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}/grants`, body }, options);
  }

  /** Add one grant; the others stay. */
  addGrant(
    username: string,
    body: AddGrantBody,
    options: CallOptions = {},
  ): Promise<AddGrantAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}/grants`, body }, options);
  }

  /** Remove one grant; the others stay. */
  removeGrant(
    username: string,
    body: RemoveGrantBody,
    options: CallOptions = {},
  ): Promise<RemoveGrantAnswer> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}/grants`, body }, options);
  }

  /** The grants of callers without an account (anonymous) or of every signed-in account (authenticated). */
  getSharedGrants(
    set: string,
    options: CallOptions = {},
  ): Promise<GetSharedGrantsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/grants/${encodeURIComponent(set)}` }, options);
  }

  /** Replace a shared set of grants. */
  setSharedGrants(
    set: string,
    body: SetSharedGrantsBody,
    options: CallOptions = {},
  ): Promise<SetSharedGrantsAnswer> {
    return this.call({ method: "PUT", path: `/api/mintmark/v1/grants/${encodeURIComponent(set)}`, body }, options);
  }

  /** All teams with their members, by name. */
  listTeams(
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListTeamsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/teams`, query }, options);
  }

  /** Create a team. */
  createTeam(
    body: CreateTeamBody,
    options: CallOptions = {},
  ): Promise<CreateTeamAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/teams`, body }, options);
  }

  /** One team with its members. */
  getTeam(
    name: string,
    options: CallOptions = {},
  ): Promise<GetTeamAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/teams/${encodeURIComponent(name)}` }, options);
  }

  /** Change a team; its members hold the new grants at once. */
  updateTeam(
    name: string,
    body: UpdateTeamBody,
    options: CallOptions = {},
  ): Promise<UpdateTeamAnswer> {
    return this.call({ method: "PATCH", path: `/api/mintmark/v1/teams/${encodeURIComponent(name)}`, body }, options);
  }

  /** Delete a team; its members lose its grants. */
  deleteTeam(
    name: string,
    options: CallOptions = {},
  ): Promise<DeleteTeamAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/teams/${encodeURIComponent(name)}` }, options);
  }

  /** Add a person to a team. */
  addTeamMember(
    name: string,
    username: string,
    options: CallOptions = {},
  ): Promise<AddTeamMemberAnswer> {
    return this.call({ method: "PUT", path: `/api/mintmark/v1/teams/${encodeURIComponent(name)}/members/${encodeURIComponent(username)}` }, options);
  }

  /** Remove a person from a team; the person loses the team's grants and nothing else. */
  removeTeamMember(
    name: string,
    username: string,
    options: CallOptions = {},
  ): Promise<RemoveTeamMemberAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/teams/${encodeURIComponent(name)}/members/${encodeURIComponent(username)}` }, options);
  }

  /** Services, by name; those that the caller is a steward of, or all for administrators and auditors. */
  listServices(
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListServicesAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/services`, query }, options);
  }

  /** Create a service: an account for a program, with people who are responsible for it. */
  createService(
    body: CreateServiceBody,
    options: CallOptions = {},
  ): Promise<CreateServiceAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/services`, body }, options);
  }

  /** One service. */
  getService(
    name: string,
    options: CallOptions = {},
  ): Promise<GetServiceAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/services/${encodeURIComponent(name)}` }, options);
  }

  /** Change a service: stewards its description, administrators also stewards and grants. */
  updateService(
    name: string,
    body: UpdateServiceBody,
    options: CallOptions = {},
  ): Promise<UpdateServiceAnswer> {
    return this.call({ method: "PATCH", path: `/api/mintmark/v1/services/${encodeURIComponent(name)}`, body }, options);
  }

  /** Delete a service; all its credentials end (administrators). */
  deleteService(
    name: string,
    options: CallOptions = {},
  ): Promise<DeleteServiceAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/services/${encodeURIComponent(name)}` }, options);
  }

  /** The grants of a service. */
  getServiceGrants(
    name: string,
    options: CallOptions = {},
  ): Promise<GetServiceGrantsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/services/${encodeURIComponent(name)}/grants` }, options);
  }

  /** Replace the grants of a service (administrators). */
  setServiceGrants(
    name: string,
    body: SetServiceGrantsBody,
    options: CallOptions = {},
  ): Promise<SetServiceGrantsAnswer> {
    return this.call({ method: "PUT", path: `/api/mintmark/v1/services/${encodeURIComponent(name)}/grants`, body }, options);
  }

  /** The service's own OAuth client for client_credentials, with a new secret; the former secret ends (stewards). */
  renewServiceClient(
    name: string,
    options: CallOptions = {},
  ): Promise<RenewServiceClientAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/services/${encodeURIComponent(name)}/client` }, options);
  }

  /** The number of credentials that match the filter, counted up to 10,000. */
  countCredentials(
    query: {
      /** one kind */
      readonly kind?: string | undefined;
      /** user name, or * for everybody */
      readonly owner?: string | undefined;
      /** active, frozen, expired or revoked */
      readonly state?: string | undefined;
      /** instance id */
      readonly instance?: string | undefined;
      /** RFC 3339: not used since then; one that was never used counts from its creation */
      readonly unusedSince?: string | undefined;
      /** RFC 3339: used then or later */
      readonly usedSince?: string | undefined;
      /** true or false */
      readonly neverUsed?: string | undefined;
      /** RFC 3339: created then or later */
      readonly createdSince?: string | undefined;
      /** RFC 3339: expires then or earlier if it is not used */
      readonly expiresBy?: string | undefined;
      /** CIDR or address: used from there, according to the sources that are kept */
      readonly usedFrom?: string | undefined;
      /** text within the title, the hint or the owner's name, at most 200 characters; case of ASCII letters does not matter */
      readonly search?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<CountCredentialsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/count`, query }, options);
  }

  /** Uses per day (UTC) of up to 50 credentials; ids that the caller may not see are left out. */
  getUsageOfMany(
    query: {
      /** up to 50 ids, separated by commas */
      readonly ids?: string | undefined;
      /** 1 to 90, today last; 30 if absent */
      readonly days?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<GetUsageOfManyAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/usage`, query }, options);
  }

  /** Find the credential of a secret that somebody found, for administrators and auditors. The secret is not stored, and this does not count as a use. The audit log says who asked about which credential. */
  lookUpSecret(
    body: LookUpSecretBody,
    options: CallOptions = {},
  ): Promise<LookUpSecretAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/lookup`, body }, options);
  }

  /** The caller's credentials; for administrators and auditors also those of others (owner=*). */
  listCredentials(
    query: {
      /** one kind */
      readonly kind?: string | undefined;
      /** user name, or * for everybody */
      readonly owner?: string | undefined;
      /** active, frozen, expired or revoked */
      readonly state?: string | undefined;
      /** instance id */
      readonly instance?: string | undefined;
      /** RFC 3339: not used since then; one that was never used counts from its creation */
      readonly unusedSince?: string | undefined;
      /** RFC 3339: used then or later */
      readonly usedSince?: string | undefined;
      /** true or false */
      readonly neverUsed?: string | undefined;
      /** RFC 3339: created then or later */
      readonly createdSince?: string | undefined;
      /** RFC 3339: expires then or earlier if it is not used */
      readonly expiresBy?: string | undefined;
      /** CIDR or address: used from there, according to the sources that are kept */
      readonly usedFrom?: string | undefined;
      /** text within the title, the hint or the owner's name, at most 200 characters; case of ASCII letters does not matter */
      readonly search?: string | undefined;
      /** created, lastUsed, expires, title or kind, with a leading - for descending order; -created if absent. A credential that was never used counts as used longest ago, one that never expires comes last, one without a title first */
      readonly sort?: string | undefined;
      /** nextCursor of the previous answer, with the same sort */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListCredentialsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials`, query }, options);
  }

  /** Create a credential; its secret is in this answer and is never shown again. */
  createCredential(
    body: CreateCredentialBody,
    options: CallOptions = {},
  ): Promise<CreateCredentialAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials`, body }, options);
  }

  /** One credential, also when it has ended. */
  getCredential(
    id: string,
    options: CallOptions = {},
  ): Promise<GetCredentialAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}` }, options);
  }

  /** Revoke a credential and all tokens made from it; answered when every active node has applied it, or after one second. */
  revokeCredential(
    id: string,
    body: RevokeCredentialBody = {},
    options: CallOptions = {},
  ): Promise<RevokeCredentialAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}`, body }, options);
  }

  /** Rename, narrow, shorten, lock to addresses, or move to a service. If-Match with the ETag of the credential refuses the change if somebody else has changed it. */
  editCredential(
    id: string,
    body: EditCredentialBody,
    options: CallOptions = {},
  ): Promise<EditCredentialAnswer> {
    return this.call({ method: "PATCH", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}`, body }, options);
  }

  /** Uses per day (UTC) over the last 90 days. */
  getCredentialUsage(
    id: string,
    options: CallOptions = {},
  ): Promise<GetCredentialUsageAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/usage` }, options);
  }

  /** An app token's secret once more, where MINTMARK_APP_TOKEN_REVEAL is always; audited. */
  revealCredential(
    id: string,
    options: CallOptions = {},
  ): Promise<RevealCredentialAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/reveal` }, options);
  }

  /** Extend the idle time as a use would, at most three times in a row; does not count as a use. */
  touchCredential(
    id: string,
    options: CallOptions = {},
  ): Promise<TouchCredentialAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/touch` }, options);
  }

  /** Revoke the active credentials of an account, those of one `kind` or `all`; the caller's own, or for administrators those of any account. */
  revokeCredentials(
    username: string,
    body: RevokeCredentialsBody = {},
    options: CallOptions = {},
  ): Promise<RevokeCredentialsAnswer> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/users/${encodeURIComponent(username)}/credentials`, body }, options);
  }

  /** Refuse it everywhere until it is thawed; it still expires as before. */
  freezeCredential(
    id: string,
    body: FreezeCredentialBody,
    options: CallOptions = {},
  ): Promise<FreezeCredentialAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/freeze`, body }, options);
  }

  /** Accept a frozen credential again; only an administrator thaws what an administrator froze. */
  thawCredential(
    id: string,
    body: ThawCredentialBody,
    options: CallOptions = {},
  ): Promise<ThawCredentialAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/thaw`, body }, options);
  }

  /** Create a successor; its secret is in this answer and is never shown again. Repeated before the successor is used, the call gives it another secret, and the earlier one no longer works. */
  rotateCredential(
    id: string,
    body: RotateCredentialBody,
    options: CallOptions = {},
  ): Promise<RotateCredentialAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/rotate`, body }, options);
  }

  /** Rotate the credential that is sent as Bearer or Token, if it has selfRotate. */
  rotateSelf(
    body: RotateSelfBody,
    options: CallOptions = {},
  ): Promise<RotateSelfAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/rotate`, body }, options);
  }

  /** The addresses and programs that use it, the latest first; more counts those that are no longer kept. */
  getCredentialSources(
    id: string,
    options: CallOptions = {},
  ): Promise<GetCredentialSourcesAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/sources` }, options);
  }

  /** The shortest list of addresses that covers its uses, and the uses that the list on trial would refuse. */
  adviseAddresses(
    id: string,
    options: CallOptions = {},
  ): Promise<AdviseAddressesAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/addresses` }, options);
  }

  /** Predecessor and successor of its rotation, and where the old one is still used. */
  getCredentialRotation(
    id: string,
    options: CallOptions = {},
  ): Promise<GetCredentialRotationAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/credentials/${encodeURIComponent(id)}/rotation` }, options);
  }

  /** Revoke, freeze or thaw many credentials, named by ids or matched by filter. Without confirm the answer has only matches; with confirm it has done and failed. */
  changeCredentials(
    body: ChangeCredentialsBody,
    options: CallOptions = {},
  ): Promise<ChangeCredentialsAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/credentials/bulk`, body }, options);
  }

  /** Service instances; members see those they may use. */
  listInstances(
    options: CallOptions = {},
  ): Promise<ListInstancesAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/instances` }, options);
  }

  /** Register a service instance. */
  createInstance(
    body: CreateInstanceBody,
    options: CallOptions = {},
  ): Promise<CreateInstanceAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/instances`, body }, options);
  }

  /** Remove a service instance; its keys end. */
  deleteInstance(
    id: string,
    options: CallOptions = {},
  ): Promise<DeleteInstanceAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/instances/${encodeURIComponent(id)}` }, options);
  }

  /** Registered OAuth clients. */
  listClients(
    options: CallOptions = {},
  ): Promise<ListClientsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/oauth/clients` }, options);
  }

  /** Register an OAuth client; the secret of a confidential client is in this answer and is never shown again. */
  createClient(
    body: CreateClientBody,
    options: CallOptions = {},
  ): Promise<CreateClientAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/oauth/clients`, body }, options);
  }

  /** Give a confidential client a new secret, which is never shown again; the former secret and all tokens made with it end at once. */
  rotateClientSecret(
    clientId: string,
    options: CallOptions = {},
  ): Promise<RotateClientSecretAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/oauth/clients/${encodeURIComponent(clientId)}/rotate-secret` }, options);
  }

  /** Remove an OAuth client; all credentials issued to it end. */
  deleteClient(
    clientId: string,
    options: CallOptions = {},
  ): Promise<DeleteClientAnswer | undefined> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/oauth/clients/${encodeURIComponent(clientId)}` }, options);
  }

  /** The audit log, newest first; each event holds the hash of itself and of the one before. */
  listEvents(
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
      /** user name */
      readonly actor?: string | undefined;
      /** e.g. credential.revoke */
      readonly action?: string | undefined;
      /** user name, as it was at the time */
      readonly owner?: string | undefined;
      /** one credential */
      readonly credentialId?: string | undefined;
      /** RFC 3339: then or later */
      readonly since?: string | undefined;
      /** RFC 3339: before then */
      readonly until?: string | undefined;
      /** text within names, action, details, address or program, at most 200 characters; a page looks at 20,000 events, may find less than its limit, and its nextCursor goes on */
      readonly search?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListEventsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/audit`, query }, options);
  }

  /** The number of events that match the filter, counted up to 10,000. */
  countEvents(
    query: {
      /** user name */
      readonly actor?: string | undefined;
      /** e.g. credential.revoke */
      readonly action?: string | undefined;
      /** user name, as it was at the time */
      readonly owner?: string | undefined;
      /** one credential */
      readonly credentialId?: string | undefined;
      /** RFC 3339: then or later */
      readonly since?: string | undefined;
      /** RFC 3339: before then */
      readonly until?: string | undefined;
      /** text within names, action, details, address or program, at most 200 characters; a page looks at 20,000 events, may find less than its limit, and its nextCursor goes on */
      readonly search?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<CountEventsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/audit/count`, query }, options);
  }

  /** Check the hash chain of up to 100,000 audit events, oldest first. */
  checkAudit(
    query: {
      /** sequence of the previous answer, to continue from there */
      readonly after?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<CheckAuditAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/audit/check`, query }, options);
  }

  /** How many active platform and instance keys a value of MINTMARK_API_KEY_EXPIRATION would end at once. */
  previewApiKeyExpiration(
    query: {
      /** a duration, or never */
      readonly value?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<PreviewApiKeyExpirationAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/policy/api-key-expiration`, query }, options);
  }

  /** Signing keys: next, current and retired. */
  listKeys(
    options: CallOptions = {},
  ): Promise<ListKeysAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/keys` }, options);
  }

  /** Sign with the next key from now on; the current key stays published until its tokens have expired. */
  rotateKey(
    purpose: string,
    options: CallOptions = {},
  ): Promise<void> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/keys/${encodeURIComponent(purpose)}/rotate` }, options);
  }

  /** Counts of the whole hub for administrators and auditors, or of the caller's credentials; a count of the hub may be some seconds old. */
  getStatistics(
    query: {
      /** hub or own; hub if absent for administrators and auditors, own for members */
      readonly of?: string | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<GetStatisticsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/statistics`, query }, options);
  }

  /** What up to 100 secrets or bearers may do. */
  introspectMany(
    body: IntrospectManyBody,
    options: CallOptions = {},
  ): Promise<IntrospectManyAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/introspection`, body }, options);
  }

  /** Whether a secret is active, and if not, why; the secret authenticates the call, and this does not count as a use. */
  checkSecret(
    body: CheckSecretBody,
    options: CallOptions = {},
  ): Promise<CheckSecretAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/check`, body }, options);
  }

  /** The collections that the caller may download, by name. */
  listCollections(
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<ListCollectionsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/collections`, query }, options);
  }

  /** One collection and its versions, the highest first. */
  getCollection(
    namespace: string,
    name: string,
    query: {
      /** nextCursor of the previous answer */
      readonly cursor?: string | undefined;
      /** 1 to 200 */
      readonly limit?: number | `${number}` | undefined;
    } = {},
    options: CallOptions = {},
  ): Promise<GetCollectionAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/collections/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, query }, options);
  }

  /** All webhooks. */
  listWebhooks(
    options: CallOptions = {},
  ): Promise<ListWebhooksAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/webhooks` }, options);
  }

  /** Create a webhook (Standard Webhooks); its signing secret is in this answer and is never shown again. */
  createWebhook(
    body: CreateWebhookBody,
    options: CallOptions = {},
  ): Promise<CreateWebhookAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/webhooks`, body }, options);
  }

  /** One webhook. */
  getWebhook(
    id: string,
    options: CallOptions = {},
  ): Promise<GetWebhookAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}` }, options);
  }

  /** Change a webhook; state active also resets failing. */
  updateWebhook(
    id: string,
    body: UpdateWebhookBody,
    options: CallOptions = {},
  ): Promise<UpdateWebhookAnswer> {
    return this.call({ method: "PATCH", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}`, body }, options);
  }

  /** Delete a webhook; pending deliveries are dropped. */
  deleteWebhook(
    id: string,
    options: CallOptions = {},
  ): Promise<void> {
    return this.call({ method: "DELETE", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}` }, options);
  }

  /** Give it a new signing secret; the former one also signs for 24 hours. */
  rotateWebhookSecret(
    id: string,
    options: CallOptions = {},
  ): Promise<RotateWebhookSecretAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}/rotate-secret` }, options);
  }

  /** Send it a webhook.test event. */
  testWebhook(
    id: string,
    options: CallOptions = {},
  ): Promise<TestWebhookAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}/test` }, options);
  }

  /** The last 100 deliveries, newest first, one entry for each event. */
  listDeliveries(
    id: string,
    options: CallOptions = {},
  ): Promise<ListDeliveriesAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}/deliveries` }, options);
  }

  /** Send a delivery again, under the same webhook-id. */
  redeliver(
    id: string,
    deliveryId: string,
    options: CallOptions = {},
  ): Promise<RedeliverAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/webhooks/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver` }, options);
  }

  /** How the caller is warned before credentials end. */
  getNotifications(
    options: CallOptions = {},
  ): Promise<GetNotificationsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/notifications` }, options);
  }

  /** Switch mail about the caller's own credentials on or off; webhooks and headers are not affected. */
  updateNotifications(
    body: UpdateNotificationsBody,
    options: CallOptions = {},
  ): Promise<UpdateNotificationsAnswer> {
    return this.call({ method: "PATCH", path: `/api/mintmark/v1/notifications`, body }, options);
  }

  /** Send a mail to the caller's own address; the answer is what the mail server said. */
  testNotification(
    options: CallOptions = {},
  ): Promise<TestNotificationAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/notifications/test` }, options);
  }

  /** Addresses of the systems the hub speaks for, and the lifetimes in force. */
  getEndpoints(
    options: CallOptions = {},
  ): Promise<GetEndpointsAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/endpoints` }, options);
  }

  /** Log-in commands, config.json and a Kubernetes pull secret for one of the caller's app tokens. */
  makeLoginPieces(
    body: MakeLoginPiecesBody,
    options: CallOptions = {},
  ): Promise<MakeLoginPiecesAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/registry/login-pieces`, body }, options);
  }

  /** Whether this hub was restored from a backup, and whether an administrator must decide about earlier credentials. */
  getRestored(
    options: CallOptions = {},
  ): Promise<GetRestoredAnswer> {
    return this.call({ method: "GET", path: `/api/mintmark/v1/restored` }, options);
  }

  /** Accept the credentials from before the restore, or freeze them all; can be decided once. */
  decideRestored(
    body: DecideRestoredBody,
    options: CallOptions = {},
  ): Promise<DecideRestoredAnswer> {
    return this.call({ method: "POST", path: `/api/mintmark/v1/restored`, body }, options);
  }
}
