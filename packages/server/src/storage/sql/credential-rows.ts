import { formatScope, parseScope, type Scope } from "../../core/authority/scope.ts";
import type { Credential, EndReason } from "../../core/credential/credential.ts";
import type { Kind } from "../../core/credential/kinds.ts";
import type { CredentialsTable } from "./schema.ts";

export function writeScopes(scopes: readonly Scope[]): string {
  return JSON.stringify(scopes.map(formatScope));
}

/** A stored scope that this version cannot read allows nothing. */
export function readScopes(text: string): readonly Scope[] {
  return (JSON.parse(text) as string[]).map((scope) => parseScope(scope)).filter((scope) => scope !== null);
}

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function readCredential(row: CredentialsTable): Credential {
  return {
    id: row.id,
    kind: row.kind as Kind,
    ownerId: row.owner_id,
    title: row.title,
    scopes: readScopes(row.scopes),
    instance: row.instance,
    clientId: row.client_id,
    hint: row.hint,
    digest: toBuffer(row.digest),
    digestKeyVersion: row.digest_key_version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    idleMs: row.idle_ms,
    lastUse:
      row.last_used_at === null
        ? null
        : { at: row.last_used_at, address: row.last_used_address, agent: row.last_used_agent },
    end:
      row.ended_at === null
        ? null
        : { at: row.ended_at, reason: row.end_reason as EndReason, note: row.end_note },
    sealedSecret: row.sealed_secret === null ? null : toBuffer(row.sealed_secret),
  };
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
    ended_at: credential.end?.at ?? null,
    end_reason: credential.end?.reason ?? null,
    end_note: credential.end?.note ?? null,
    sealed_secret: credential.sealedSecret,
  };
}
