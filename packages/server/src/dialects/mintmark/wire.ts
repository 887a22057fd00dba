import { type Static, type TSchema, Type } from "typebox";
import type { Account } from "../../core/account/account.ts";
import type { Session } from "../../core/account/session.ts";
import type { AuditEvent } from "../../core/audit/events.ts";
import { recordOf } from "../../core/audit/record.ts";
import { formatScope } from "../../core/authority/scope.ts";
import { CLIENT_FLOWS, type Client } from "../../core/client/client.ts";
import { KIND_NAMES } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Instance } from "../../core/instance/instance.ts";
import { malformed } from "../../core/malformed.ts";
import type { WireRequest } from "../../http/dialect.ts";

/**
 * Every schema of our own API: camelCase, RFC 3339 times in UTC. The API description and the SDK's types are
 * built from these.
 */
export const Time = Type.String({ format: "date-time", description: "RFC 3339, UTC" });
export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
export const Words = <const Word extends string>(words: readonly Word[]) =>
  Type.Unsafe<Word>({ type: "string", enum: [...words] });
export const Text = Type.String({ maxLength: 2048 });
export const Scopes = Type.Array(Type.String({ maxLength: 400 }), {
  maxItems: 1000,
  description: "type:name:action[,action]",
});

const Span = Type.String({ description: "a duration: <n> and s, m, h, d or w", maxLength: 16 });
const Note = Type.String({ maxLength: 1000 });
const Addresses = Type.Array(Type.String({ maxLength: 64 }), {
  minItems: 1,
  maxItems: 50,
  description: "CIDRs or single addresses from which it is accepted; null means any address",
});

const RoleSchema = Words(["admin", "auditor", "member"]);
export const KindSchema = Words(KIND_NAMES);

export const UserView = Type.Object({
  id: Type.String(),
  username: Type.String(),
  displayName: Nullable(Type.String()),
  email: Nullable(Type.String()),
  role: RoleSchema,
  disabled: Type.Boolean(),
  teams: Type.Array(Type.String({ description: "team name" })),
  provider: Nullable(Words(["oidc", "ldap"])),
  suspended: Type.Boolean({
    description:
      "true if the identity provider refuses the person: sessions have ended, credentials are frozen",
  }),
  externalTeams: Type.Array(
    Type.String({ description: "name of a team that the identity provider's groups put the person into" }),
  ),
  createdAt: Time,
});

export const ReceiptAnswer = Type.Object({
  receipt: Type.Object({
    complete: Type.Boolean({ description: "every active node has applied the change" }),
    asked: Type.Boolean({
      description: "false: the answering node could not ask the others; the list may be out of date",
    }),
    boundMs: Type.Integer({ description: "the longest wait for a node, in milliseconds" }),
    nodes: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String({ description: "host and process" }),
        applied: Type.Boolean({
          description:
            "false: the node did not answer; it asks the database for each request until it hears of the change",
        }),
        appliedAt: Nullable(
          Type.String({
            format: "date-time",
            description: "when its answer arrived, by the clock of the answering node",
          }),
        ),
        ms: Nullable(Type.Number({ description: "milliseconds from the commit to its answer" })),
        lastSeenAt: Time,
      }),
      { description: "the active nodes; the answering node comes first" },
    ),
  }),
});

export const EventView = Type.Object({
  seq: Type.Integer(),
  at: Time,
  actor: Type.String(),
  action: Type.String(),
  owner: Nullable(Type.String()),
  credentialId: Nullable(Type.String()),
  details: Type.Record(Type.String(), Type.Unknown()),
  address: Nullable(Type.String()),
  agent: Nullable(Type.String()),
  hash: Type.String(),
  previousHash: Type.String(),
});

export const InstanceView = Type.Object({ id: Type.String(), displayName: Type.String(), createdAt: Time });

export const ClientView = Type.Object({
  clientId: Type.String(),
  name: Type.String(),
  type: Words(["confidential", "public"]),
  scopes: Type.Array(Type.String()),
  redirectUris: Type.Array(Type.String()),
  implicit: Type.Boolean(),
  trustedForAddresses: Type.Boolean(),
  flows: Type.Union([Type.Array(Type.String()), Type.Null()], {
    description: "the flows it may use; null for all that its type allows",
  }),
  pkceOptional: Type.Boolean(),
  createdAt: Time,
});

export const KeyView = Type.Object({
  id: Type.String(),
  purpose: Words(["realm", "registry", "zen"]),
  algorithm: Type.String(),
  state: Words(["next", "current", "retired"]),
  kid: Type.String(),
  createdAt: Time,
  activatedAt: Nullable(Time),
  retiredAt: Nullable(Time),
});

export const LoginBody = Type.Object({ username: Text, password: Text });
export const NewUserBody = Type.Object({
  username: Text,
  password: Type.Optional(Text),
  displayName: Type.Optional(Nullable(Text)),
  email: Type.Optional(Nullable(Text)),
  role: RoleSchema,
});
export const UserPatchBody = Type.Object({
  disabled: Type.Optional(Type.Boolean()),
  role: Type.Optional(RoleSchema),
  password: Type.Optional(Text),
  displayName: Type.Optional(Nullable(Text)),
  email: Type.Optional(Nullable(Text)),
});
export const PasswordBody = Type.Object({
  currentPassword: Text,
  newPassword: Text,
  revokeCredentials: Type.Optional(
    Type.Boolean({
      description: "also revoke all credentials, as when an administrator resets the password",
    }),
  ),
});
export const GrantsAnswer = Type.Object({ grants: Type.Array(Type.String()) });
export const GrantBody = Type.Object({
  grant: Type.String({ maxLength: 400, description: "type:name:action[,action]" }),
});
export const GrantsBody = Type.Object({ grants: Scopes });
export const NewInstanceBody = Type.Object({ id: Text, displayName: Text });
export const NewCredentialBody = Type.Object({
  kind: KindSchema,
  owner: Type.Optional(
    Type.String({ maxLength: 2048, description: "a service that the caller is a steward of" }),
  ),
  title: Type.Optional(Nullable(Text)),
  scopes: Type.Optional(
    Type.Array(Type.String({ maxLength: 400 }), {
      maxItems: 1000,
      description:
        "type:name:action[,action]; required for a personal_token of a person, else the kind's own when left out",
    }),
  ),
  expiresAt: Type.Optional(Nullable(Time)),
  idle: Type.Optional(Nullable(Span)),
  instance: Type.Optional(Nullable(Text)),
  note: Type.Optional(Nullable(Note)),
  addresses: Type.Optional(Nullable(Addresses)),
  selfRotate: Type.Optional(
    Type.Boolean({ description: "true if the secret itself may rotate the credential" }),
  ),
});
export const CredentialPatchBody = Type.Object({
  title: Type.Optional(Nullable(Text)),
  note: Type.Optional(Nullable(Note)),
  selfRotate: Type.Optional(Type.Boolean({ description: "true needs a fresh log-in" })),
  scopes: Type.Optional(Scopes),
  expiresAt: Type.Optional(Nullable(Time)),
  addresses: Type.Optional(Nullable(Addresses)),
  addressTrial: Type.Optional(
    Nullable(
      Type.Array(Type.String({ maxLength: 64 }), {
        maxItems: 50,
        description:
          "a list on trial: uses from other addresses are reported but not refused; null ends the trial",
      }),
    ),
  ),
  owner: Type.Optional(
    Type.String({
      maxLength: 2048,
      description: "a service that the owner is a steward of; needs a fresh log-in",
    }),
  ),
});
export const FreezeBody = Type.Object({
  reason: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  until: Type.Optional(Nullable(Time)),
});
export const RotateBody = Type.Object({
  old: Type.Optional(
    Type.Object(
      {
        mode: Words(["now", "timed", "first_use", "quiet"]),
        for: Type.Optional(Span),
        deadline: Type.Optional(Span),
        onDeadline: Type.Optional(Words(["keep", "end"])),
      },
      { description: "when the old credential ends; if absent: when the new one is first used, within 7d" },
    ),
  ),
  title: Type.Optional(Nullable(Text)),
  expiresAt: Type.Optional(Nullable(Time)),
  idle: Type.Optional(Nullable(Span)),
});
export const EmptyBody = Type.Object({});
export const RevokeBody = Type.Object({ reason: Type.Optional(Nullable(Type.String({ maxLength: 500 }))) });
export const RevokeAllBody = Type.Object({
  kind: Type.Optional(KindSchema),
  all: Type.Optional(
    Type.Literal(true, { description: "every kind; one of `kind` and `all` must be given" }),
  ),
  reason: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
});
export const NewClientBody = Type.Object({
  clientId: Type.Optional(Text),
  name: Text,
  type: Words(["confidential", "public"]),
  scopes: Type.Optional(Scopes),
  redirectUris: Type.Optional(Type.Array(Text, { maxItems: 20 })),
  implicit: Type.Optional(Type.Boolean({ description: "allow response_type=token (Quay's old form)" })),
  trustedForAddresses: Type.Optional(
    Type.Boolean({
      description: "true if the hub believes the client_address that it sends with an introspection",
    }),
  ),
  flows: Type.Optional(
    Type.Array(Type.Union(CLIENT_FLOWS.map((flow) => Type.Literal(flow))), {
      minItems: 1,
      maxItems: CLIENT_FLOWS.length,
      description: "the flows it may use; if absent all that its type allows",
    }),
  ),
  pkceOptional: Type.Optional(
    Type.Boolean({ description: "codes without PKCE, for confidential clients made for Quay" }),
  ),
});

export const SessionView = Type.Object({
  user: UserView,
  scopes: Type.Array(Type.String({ description: "what the caller may do" })),
  csrfToken: Nullable(Type.String()),
  expiresAt: Nullable(Time),
  freshUntil: Nullable(Time),
});

export const OwnSessionView = Type.Object({
  id: Type.String(),
  createdAt: Time,
  expiresAt: Time,
  address: Nullable(Type.String({ description: "the address from which it was opened" })),
  agent: Nullable(Type.String()),
  current: Type.Boolean({ description: "the session that sends this request" }),
});

export const OpenedSessionView = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal("Bearer"),
  expiresIn: Type.Integer({ description: "seconds" }),
  csrfToken: Type.String(),
  user: UserView,
});

export function time(ms: number): string {
  return new Date(ms).toISOString();
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}

export function viewUser(account: Account): Static<typeof UserView> {
  const { id, username, displayName, email, role, disabled } = account;
  return {
    id,
    username,
    displayName,
    email,
    role,
    disabled,
    teams: account.teams.map(({ team }) => team),
    provider: account.provider,
    suspended: account.suspendedAt !== null,
    externalTeams: account.teams.filter(({ byProvider }) => byProvider).map(({ team }) => team),
    createdAt: time(account.createdAt),
  };
}

export function viewSessionTimes(hub: Hub, session: Session): { expiresAt: string; freshUntil: string } {
  return {
    expiresAt: time(session.expiresAt),
    freshUntil: time(session.freshAt + hub.policy.freshLoginMs),
  };
}

export function viewOwnSession(session: Session, current: boolean): Static<typeof OwnSessionView> {
  const { id, address, agent } = session;
  return {
    id,
    createdAt: time(session.createdAt),
    expiresAt: time(session.expiresAt),
    address,
    agent,
    current,
  };
}

export function viewEvent(event: AuditEvent): Static<typeof EventView> {
  return { ...recordOf(event) };
}

export function viewInstance(instance: Instance): Static<typeof InstanceView> {
  return { id: instance.id, displayName: instance.displayName, createdAt: time(instance.createdAt) };
}

export function viewClient(client: Client): Static<typeof ClientView> {
  const {
    id,
    name,
    type,
    scopes,
    redirectUris,
    implicit,
    trustedForAddresses,
    flows,
    pkceOptional,
    createdAt,
  } = client;
  return {
    clientId: id,
    name,
    type,
    scopes: scopes.map(formatScope),
    redirectUris: [...redirectUris],
    implicit,
    trustedForAddresses,
    flows: flows === null ? null : [...flows],
    pkceOptional,
    createdAt: time(createdAt),
  };
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Epoch milliseconds of an RFC 3339 time. Throws `malformed_request`. */
export function readTime(text: string, field: string): number {
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(ms)) {
    throw malformed(field, "a time in RFC 3339, such as 2026-01-31T12:00:00Z", text);
  }
  return ms;
}

/** What a cursor may be, for errors. */
export const CURSOR_FORM = "the nextCursor of the page before, in the same order";

/** A list is counted so far. */
export const COUNT_MAX = 10_000;
export const CountView = Type.Object({
  count: Type.Integer(),
  complete: Type.Boolean({ description: "false: there are more than were counted" }),
});

const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;

/** `limit`, 1 to 200. Throws `malformed_request`. */
export function readLimit(request: WireRequest): number {
  const text = request.query.get("limit");
  const limit = text === null ? LIMIT_DEFAULT : Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw malformed("limit", `a whole number from 1 to ${LIMIT_MAX}`, text);
  }
  return limit;
}

/** One more than a page holds, so that it is known whether another page follows. */
export function onePast<Page extends { readonly limit: number }>(page: Page): Page {
  return { ...page, limit: page.limit + 1 };
}

/**
 * The items of this page out of `found` (read with `onePast`), and the last of them if another page follows.
 */
export function cutPage<Row>(
  found: readonly Row[],
  limit: number,
): { readonly shown: readonly Row[]; readonly last: Row | undefined } {
  const shown = found.slice(0, limit);
  return { shown, last: found.length > limit ? shown[limit - 1] : undefined };
}

/** Query parameters that a route does not know are refused, like unknown fields of a body. */
export function refuseUnknownParameters(request: WireRequest, known: readonly string[]): void {
  for (const name of request.query.keys()) {
    if (!known.includes(name)) {
      const explanation =
        known.length === 0
          ? "No parameter is known here."
          : `The parameters known here are ${known.join(", ")}.`;
      throw new HubError(
        "unknown_field",
        /^[A-Za-z]{1,32}$/.test(name) ? { field: name, explanation } : { explanation },
      );
    }
  }
}
