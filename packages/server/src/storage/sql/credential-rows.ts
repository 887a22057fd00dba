import { CompiledQuery } from "kysely";
import { formatScope, readStoredScope, type Scope } from "../../core/authority/scope.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Credential, Freeze, FreezeClass, Rotation } from "../../core/credential/credential.ts";
import type { Kind } from "../../core/credential/kinds.ts";
import type { CredentialChange } from "../../core/credential/ports.ts";
import { rotationCheckAt, rotationEndsAt } from "../../core/credential/state.ts";
import type { EndReason } from "../../core/end-reason.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { CredentialsTable } from "./schema.ts";

export function writeScopes(scopes: readonly Scope[]): string {
  return JSON.stringify(scopes.map(formatScope));
}

/** Most credentials have the scopes of many others: those share one list, which is most of what one takes. */
const scopeLists = new BoundedMap<string, readonly Scope[]>(10_000);

/** A stored scope that this version cannot read allows nothing. */
export function readScopes(text: string): readonly Scope[] {
  const known = scopeLists.get(text);
  if (known) {
    return known;
  }
  const scopes = (JSON.parse(text) as string[])
    .map((scope) => readStoredScope(scope))
    .filter((scope) => scope !== null);
  scopeLists.set(text, scopes);
  return scopes;
}

/** Texts that many credentials share: each is kept once in memory. */
const sharedTexts = new BoundedMap<string, string>(20_000);

function shared<Text extends string | null>(text: Text): Text {
  if (text === null) {
    return text;
  }
  const known = sharedTexts.get(text);
  if (known !== undefined) {
    return known as Text;
  }
  sharedTexts.set(text, text);
  return text;
}

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function readCredential(row: CredentialsTable): Credential {
  return {
    id: row.id,
    kind: shared(row.kind) as Kind,
    ownerId: shared(row.owner_id),
    title: row.title,
    scopes: readScopes(row.scopes),
    instance: shared(row.instance),
    clientId: shared(row.client_id),
    hint: row.hint,
    // A copy lies in the pool of small buffers, which takes a third of a buffer with memory of its own.
    digest: Buffer.from(row.digest),
    digestKeyVersion: row.digest_key_version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    idleMs: row.idle_ms,
    lastUse:
      row.last_used_at === null
        ? null
        : {
            at: row.last_used_at,
            address: shared(row.last_used_address),
            agent: shared(row.last_used_agent),
          },
    touchedAt: row.touched_at,
    touches: row.touches,
    end:
      row.ended_at === null
        ? null
        : { at: row.ended_at, reason: row.end_reason as EndReason, note: row.end_note },
    sealedSecret: row.sealed_secret === null ? null : toBuffer(row.sealed_secret),
    note: row.note,
    selfRotate: row.self_rotate !== 0,
    addresses: row.addresses === null ? null : (JSON.parse(row.addresses) as string[]),
    addressTrial: row.address_trial === null ? null : (JSON.parse(row.address_trial) as string[]),
    createdBy: shared(row.created_by),
    formerName: row.former_name,
    frozen: readFreeze(row),
    idleFrom: row.idle_from,
    generation: row.generation,
    rotation: row.rotation === null ? null : (JSON.parse(row.rotation) as Rotation),
    dismissedAt: row.dismissed_at,
  };
}

function readFreeze(row: CredentialsTable): Freeze | null {
  return row.frozen_at === null
    ? null
    : {
        at: row.frozen_at,
        by: row.frozen_by ?? "",
        class: row.frozen_class as FreezeClass,
        reason: row.frozen_reason,
        until: row.frozen_until,
      };
}

function freezeColumns(frozen: Freeze | null) {
  return {
    frozen_at: frozen?.at ?? null,
    frozen_by: frozen?.by ?? null,
    frozen_class: frozen?.class ?? null,
    frozen_reason: frozen?.reason ?? null,
    frozen_until: frozen?.until ?? null,
  };
}

function rotationColumns(rotation: Rotation | null) {
  return {
    rotation: rotation && JSON.stringify(rotation),
    rotation_ends_at: rotation && rotationEndsAt(rotation),
    rotation_check_at: rotation && rotationCheckAt(rotation, null),
  };
}

function addressesText(addresses: readonly string[] | null): string | null {
  return addresses && JSON.stringify(addresses);
}

/**
 * The columns that a change sets. A new expiry date counts as asked for, so a changed option does not move
 * it.
 */
export function changeColumns(change: CredentialChange): Partial<CredentialsTable> {
  const { frozen, rotation, rotationCheckAt: checkAt, secret } = change;
  const columns: { [Column in keyof CredentialsTable]?: CredentialsTable[Column] | undefined } = {
    title: change.title,
    note: change.note,
    self_rotate: change.selfRotate === undefined ? undefined : Number(change.selfRotate),
    scopes: change.scopes && writeScopes(change.scopes),
    owner_id: change.ownerId,
    former_name: change.formerName,
    addresses: change.addresses === undefined ? undefined : addressesText(change.addresses),
    address_trial: change.addressTrial === undefined ? undefined : addressesText(change.addressTrial),
    idle_from: change.idleFrom,
    dismissed_at: change.dismissedAt,
    touched_at: change.touchedAt,
    touches: change.touches,
    generation: change.generation,
    ...(change.expiresAt === undefined ? {} : { expires_at: change.expiresAt, expires_own: 1 }),
    ...(change.idleMs === undefined ? {} : { idle_ms: change.idleMs, idle_own: 1 }),
    ...(frozen === undefined ? {} : freezeColumns(frozen)),
    ...(rotation === undefined ? {} : rotationColumns(rotation)),
    ...(checkAt === undefined ? {} : { rotation_check_at: checkAt }),
    ...(secret && {
      digest: secret.digest,
      digest_key_version: secret.digestKeyVersion,
      hint: secret.hint,
      sealed_secret: secret.sealedSecret,
    }),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

export function writeCredential(
  credential: Credential,
  life: { slot: string | null; expiresOwn: boolean; idleOwn: boolean },
): CredentialsTable {
  return {
    id: credential.id,
    kind: credential.kind,
    owner_id: credential.ownerId,
    slot: life.slot,
    title: credential.title,
    scopes: writeScopes(credential.scopes),
    instance: credential.instance,
    client_id: credential.clientId,
    hint: credential.hint,
    digest: credential.digest,
    digest_key_version: credential.digestKeyVersion,
    created_at: credential.createdAt,
    expires_at: credential.expiresAt,
    expires_own: Number(life.expiresOwn),
    idle_ms: credential.idleMs,
    idle_own: Number(life.idleOwn),
    last_used_at: credential.lastUse?.at ?? null,
    last_used_address: credential.lastUse?.address ?? null,
    last_used_agent: credential.lastUse?.agent ?? null,
    touched_at: credential.touchedAt,
    touches: credential.touches,
    ended_at: credential.end?.at ?? null,
    end_reason: credential.end?.reason ?? null,
    end_note: credential.end?.note ?? null,
    sealed_secret: credential.sealedSecret,
    note: credential.note,
    self_rotate: Number(credential.selfRotate),
    addresses: addressesText(credential.addresses),
    address_trial: addressesText(credential.addressTrial),
    created_by: credential.createdBy,
    former_name: credential.formerName,
    ...freezeColumns(credential.frozen),
    idle_from: credential.idleFrom,
    generation: credential.generation,
    ...rotationColumns(credential.rotation),
    sources_dropped: 0,
    dismissed_at: credential.dismissedAt,
  };
}

/** The columns of a credential in the order of `writeCredential`, and their types in a set of rows. */
export const CREDENTIAL_COLUMNS = {
  id: "text",
  kind: "text",
  owner_id: "text",
  slot: "text",
  title: "text",
  scopes: "text",
  instance: "text",
  client_id: "text",
  hint: "text",
  digest: "bytea",
  digest_key_version: "bigint",
  created_at: "bigint",
  expires_at: "bigint",
  expires_own: "bigint",
  idle_ms: "bigint",
  idle_own: "bigint",
  last_used_at: "bigint",
  last_used_address: "text",
  last_used_agent: "text",
  touched_at: "bigint",
  touches: "bigint",
  ended_at: "bigint",
  end_reason: "text",
  end_note: "text",
  sealed_secret: "bytea",
  note: "text",
  self_rotate: "bigint",
  addresses: "text",
  address_trial: "text",
  created_by: "text",
  former_name: "text",
  frozen_at: "bigint",
  frozen_by: "text",
  frozen_class: "text",
  frozen_reason: "text",
  frozen_until: "bigint",
  idle_from: "bigint",
  generation: "bigint",
  rotation: "text",
  rotation_ends_at: "bigint",
  rotation_check_at: "bigint",
  sources_dropped: "bigint",
  dismissed_at: "bigint",
} as const satisfies Record<keyof CredentialsTable, "text" | "bigint" | "bytea">;

/** The statement that inserts one row. */
export function insertCredential(flavour: SqlFlavour, row: CredentialsTable): CompiledQuery {
  const columns = Object.keys(CREDENTIAL_COLUMNS);
  const places = Object.values(CREDENTIAL_COLUMNS).map((type, at) => flavour.placeholder(at + 1, type));
  const text = `insert into credentials (${columns.join(", ")}) values (${places.join(", ")})`;
  return CompiledQuery.raw(text, Object.values(row));
}
