import { randomBytes } from "node:crypto";
import type { Account, AccountRecord } from "../core/account/account.ts";
import { type AuditEntry, SYSTEM } from "../core/audit/events.ts";
import { readStoredScope, type Scope } from "../core/authority/scope.ts";
import { type Credential, type CredentialEnd, UNTOUCHED } from "../core/credential/credential.ts";
import { type Kind, slotOf } from "../core/credential/kinds.ts";
import { newId } from "../core/ids.ts";
import type { Store, Writes } from "../core/store.ts";
import type { Clock } from "../core/world.ts";
import { entropy } from "../testing/entropy.ts";

export const NOW = Date.UTC(2025, 0, 8);
export const DAY_MS = 86_400_000;
export const clock: Clock = { now: () => NOW };

export function scopes(...texts: string[]): readonly Scope[] {
  return texts.map((text) => readStoredScope(text)).filter((scope) => scope !== null);
}

export function newAccount(username: string): AccountRecord {
  return {
    id: newId(clock, entropy),
    username,
    displayName: null,
    email: null,
    role: "member",
    disabled: false,
    passwordHash: null,
    epoch: 0,
    createdAt: NOW,
  };
}

export function addAccount(store: Store): Promise<Account> {
  return store.write((writes) =>
    writes.accounts.insert(newAccount(`user-${randomBytes(4).toString("hex")}`)),
  );
}

export function newCredential(owner: Account, kind: Kind): Credential {
  return {
    id: newId(clock, entropy),
    kind,
    ownerId: owner.id,
    title: null,
    scopes: [],
    instance: null,
    clientId: null,
    hint: "mmx_…abcd",
    digest: randomBytes(32),
    digestKeyVersion: 1,
    createdAt: NOW,
    expiresAt: null,
    idleMs: null,
    lastUse: null,
    end: null,
    sealedSecret: null,
    ...UNTOUCHED,
  };
}

export function insert(
  store: Store,
  credential: Credential,
  life: { expiresOwn?: boolean; idleOwn?: boolean } = {},
): Promise<void> {
  const slot = slotOf(credential.kind, credential.instance);
  return store.write((writes: Writes) =>
    writes.credentials.insert(credential, {
      slot,
      expiresOwn: life.expiresOwn ?? false,
      idleOwn: life.idleOwn ?? false,
    }),
  );
}

export function ended(reason: CredentialEnd["reason"]): CredentialEnd {
  return { at: NOW, reason, note: null };
}

export function entry(owner: Account): AuditEntry {
  return {
    action: "account.create",
    actor: SYSTEM,
    owner: { id: owner.id, username: owner.username },
    credentialId: null,
    details: {},
  };
}
