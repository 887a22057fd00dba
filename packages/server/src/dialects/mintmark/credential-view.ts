import { type Static, Type } from "typebox";
import { formatScope } from "../../core/authority/scope.ts";
import type { Credential, Rotation } from "../../core/credential/credential.ts";
import { idleDeadline, isFrozen } from "../../core/credential/state.ts";
import type { Hub } from "../../core/hub.ts";
import { KindSchema, Nullable, Time, time, timeOrNull, Words } from "./wire.ts";

const FrozenView = Type.Object({
  at: Time,
  by: Type.String({ description: "user name, or system" }),
  class: Words(["owner", "administrator", "system"]),
  reason: Nullable(Type.String()),
  until: Nullable(Time),
});

const RotationView = Type.Object({
  role: Words(["predecessor", "successor"]),
  group: Type.String({ description: "the same for all generations" }),
  generation: Type.Integer(),
  otherId: Type.String(),
  mode: Words(["now", "timed", "first_use", "quiet"]),
  endsAt: Nullable(Time),
  deadline: Nullable(Time),
});

export const CredentialView = Type.Object({
  id: Type.String(),
  kind: KindSchema,
  title: Nullable(Type.String()),
  note: Nullable(Type.String()),
  hint: Type.String({ description: "the mark, an ellipsis and the last four characters of the secret" }),
  owner: Nullable(Type.String({ description: "user name; null once the account is deleted" })),
  createdBy: Nullable(Type.String({ description: "user name of the account that created it, at that time" })),
  scopes: Type.Array(Type.String()),
  instance: Nullable(Type.String()),
  addresses: Nullable(Type.Array(Type.String())),
  addressTrial: Nullable(Type.Array(Type.String())),
  selfRotate: Type.Boolean(),
  state: Words(["active", "frozen", "expired", "revoked"]),
  frozen: Nullable(FrozenView),
  rotation: Nullable(RotationView),
  createdAt: Time,
  expiresAt: Nullable(Time),
  idleExpiresAt: Nullable(Time),
  lastUsedAt: Nullable(Time),
  lastUsedFrom: Nullable(Type.String()),
  lastUsedAgent: Nullable(Type.String()),
  touchedAt: Nullable(Time),
  revokedAt: Nullable(Time),
  revokedReason: Nullable(Type.String()),
  revokedNote: Nullable(Type.String()),
});

/** One credential as its owner and administrators see it; nothing of its secret or digest. */
export async function viewCredential(
  hub: Hub,
  credential: Credential,
): Promise<Static<typeof CredentialView>> {
  const owner = await hub.credentials.ownerOf(credential);
  const use = hub.uses.latest(credential);
  const end = hub.credentials.endOf(credential);
  const state = hub.credentials.stateOf(credential);
  const isRevoked = state === "revoked";
  return {
    id: credential.id,
    kind: credential.kind,
    title: credential.title,
    note: credential.note,
    hint: credential.hint,
    owner: owner?.username ?? null,
    createdBy: credential.createdBy,
    scopes: credential.scopes.map(formatScope),
    instance: credential.instance,
    addresses: credential.addresses && [...credential.addresses],
    addressTrial: credential.addressTrial && [...credential.addressTrial],
    selfRotate: credential.selfRotate,
    state,
    frozen: viewFreeze(hub, credential),
    rotation: credential.rotation && viewRotation(credential, credential.rotation),
    createdAt: time(credential.createdAt),
    expiresAt: timeOrNull(credential.expiresAt),
    idleExpiresAt: timeOrNull(idleDeadline(credential, use?.at ?? null)),
    lastUsedAt: timeOrNull(use?.at ?? null),
    lastUsedFrom: use?.address ?? null,
    lastUsedAgent: use?.agent ?? null,
    touchedAt: timeOrNull(credential.touchedAt),
    revokedAt: isRevoked ? timeOrNull(end?.at ?? null) : null,
    revokedReason: isRevoked ? reasonOf(end) : null,
    revokedNote: isRevoked ? (end?.note ?? null) : null,
  };
}

/** The words of the person who revoked it, or why the hub ended it. */
function reasonOf(end: Credential["end"]): string | null {
  return end?.reason === "revoked" ? (end.note ?? end.reason) : (end?.reason ?? null);
}

function viewFreeze(hub: Hub, credential: Credential): Static<typeof CredentialView>["frozen"] {
  const { frozen } = credential;
  if (!frozen || credential.end || !isFrozen(credential, hub.now())) {
    return null;
  }
  return {
    at: time(frozen.at),
    by: frozen.by,
    class: frozen.class,
    reason: frozen.reason,
    until: timeOrNull(frozen.until),
  };
}

function viewRotation(
  { generation }: Credential,
  { role, group, otherId, mode, endsAt, deadline }: Rotation,
): Static<typeof RotationView> {
  return {
    role,
    group,
    generation,
    otherId,
    mode,
    endsAt: timeOrNull(endsAt),
    deadline: timeOrNull(deadline),
  };
}
