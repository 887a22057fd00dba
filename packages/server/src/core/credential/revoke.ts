import type { Account } from "../account/account.ts";
import type { Actor } from "../audit/events.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { EndReason } from "../end-reason.ts";
import { foreseenOf, requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { endEvery, forEvery } from "./end-every.ts";
import { endOne } from "./end-one.ts";
import { type Kind, slotOf } from "./kinds.ts";
import { requireReason } from "./note.ts";
import type { Ended } from "./ports.ts";

/** Ends credentials before their time. */
export class Revocations {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Ends one credential now; an ended one stays as it is. True if this call ended it, which is then audited.
   * Throws `malformed_request` for a note that is not plain text.
   */
  async revoke(credential: Credential, caller: Caller, note: string | null): Promise<boolean> {
    requireReason(note);
    // Owners may always end their own; ending another owner's takes a right that may have ended meanwhile.
    const isOthers = caller.account !== null && caller.account.id !== credential.ownerId;
    const standing = isOthers ? foreseenOf(caller, credential.ownerId) : { accounts: [credential.ownerId] };
    return this.#context.store.write(
      async (writes) => {
        if (isOthers) {
          await requireStanding(this.#context, writes, caller);
        }
        return revokeInside(this.#context, writes, credential, { caller, note });
      },
      "small",
      { ...standing, credentials: [credential.id, ...(standing.credentials ?? [])] },
    );
  }

  /** Ends all generations that are active in the kind's slot, in one change; false if there was none. */
  async revokeInSlot(
    { id: ownerId }: Account,
    { kind, instance }: { readonly kind: Kind; readonly instance: string | null },
    caller: Caller,
  ): Promise<boolean> {
    const slot = slotOf(kind, instance);
    if (slot === null) {
      return false;
    }
    return this.#context.store.write(async (writes) => {
      let ended = false;
      for (const credential of await writes.credentials.allInSlot(ownerId, slot)) {
        ended = (await revokeInside(this.#context, writes, credential, { caller, note: null })) || ended;
      }
      return ended;
    });
  }

  /**
   * Ends all active credentials of an account, or those of one kind, in one change that is seen whole or not
   * at all, with an audit event for each. The account and its sessions stay. Returns how many. Throws
   * `malformed_request` for a note that is not plain text.
   */
  async revokeAll(
    owner: Account,
    { kind, note }: { readonly kind: Kind | undefined; readonly note: string | null },
    caller: Caller,
  ): Promise<number> {
    requireReason(note);
    const { clock, store } = this.#context;
    return store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const ended = await endEvery(
        writes,
        { ownerId: owner.id, ...(kind === undefined ? {} : { kind }) },
        { at: clock.now(), reason: "revoked", note },
      );
      await forEvery(ended, async ({ id, kind: each, hint, title }) => {
        await writes.audit.append({
          action: "credential.revoke",
          actor: actorOf(caller),
          owner: ownerOf(owner),
          credentialId: id,
          details: { kind: each, hint, title, reason: note },
        });
      });
      writes.announce({ of: "owner", accountId: owner.id });
      return ended.length;
    }, "large");
  }
}

/**
 * Ends one inside the transaction of the caller, which has judged whether it may. True if this call ended it.
 */
export async function revokeInside(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  { caller, note }: { readonly caller: Caller; readonly note: string | null },
): Promise<boolean> {
  const end = { at: context.clock.now(), reason: "revoked", note } as const;
  if (!(await endOne(writes, credential.id, end))) {
    return false;
  }
  await auditChange(writes, credential, {
    action: "credential.revoke",
    actor: actorOf(caller),
    details: { reason: note },
  });
  return true;
}

/** Ends every credential and session of an account, inside the transaction that changes the account. */
export async function endAllOf(
  writes: Writes,
  account: Account,
  options: { readonly reason: EndReason; readonly at: number; readonly actor: Actor },
): Promise<void> {
  const ended = await endEvery(
    writes,
    { ownerId: account.id },
    { at: options.at, reason: options.reason, note: null },
  );
  await writes.sessions.removeOfAccount(account.id);
  await writes.logins.forgetAccount(account.id);
  await writes.accounts.update(account.id, { epoch: account.epoch + 1 });
  await auditEnds(writes, ended, options, account);
  writes.announce({ of: "owner", accountId: account.id });
}

/** Above this number the owners are announced: caches then forget all credentials of each owner at once. */
const ANNOUNCED_EACH_MAX = 200;

function announceEnds(writes: Writes, ended: readonly Ended[]): void {
  if (ended.length <= ANNOUNCED_EACH_MAX) {
    for (const { id } of ended) {
      writes.announce({ of: "credential", id });
    }
    return;
  }
  for (const accountId of new Set(ended.map(({ ownerId }) => ownerId))) {
    writes.announce({ of: "owner", accountId });
  }
}

/** One `credential.revoke` event for each credential that ended with something larger. */
export async function auditEnds(
  writes: Writes,
  ended: readonly Ended[],
  options: { readonly reason: EndReason; readonly actor: Actor },
  knownOwner?: Account,
): Promise<void> {
  announceEnds(writes, ended);
  await forEvery(ended, async (credential) => {
    const owner = knownOwner ?? (await writes.accounts.findById(credential.ownerId));
    await writes.audit.append({
      action: "credential.revoke",
      actor: options.actor,
      owner: owner ? ownerOf(owner) : null,
      credentialId: credential.id,
      details: {
        kind: credential.kind,
        hint: credential.hint,
        title: credential.title,
        reason: options.reason,
      },
    });
  });
}
