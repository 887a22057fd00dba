import type { Account } from "../account/account.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError, invariant } from "../errors.ts";
import { isId } from "../ids.ts";
import { ask } from "../looked.ts";
import { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import { auditChange, auditCredential } from "./audit-change.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { auditEndByClock } from "./expire.ts";
import { type Kind, slotOf } from "./kinds.ts";
import { lookUpSecret } from "./look-up.ts";
import { findManaged, type Manager } from "./manage.ts";
import { sealingContext } from "./new-secret.ts";
import type { CredentialFilter } from "./ports.ts";
import { endNow, lastUsedAt } from "./present-end.ts";
import { type CredentialState, idleDeadline, stateOf } from "./state.ts";

const DISMISSED = "expired, and removed from the list by its owner";

/**
 * The stored credentials: finding, listing and looking at them. Most changes have classes of their own in
 * this room. Whether the caller may is decided before, except where a method says otherwise.
 */
export class Credentials {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  async find(id: string): Promise<Credential | null> {
    return isId(id) ? this.#context.store.read.credentials.findById(id) : null;
  }

  /** The one of that id if the account owns it. Somebody else's answers like an unknown one: `not_found`. */
  async ofOwner(account: Account, id: string): Promise<Credential> {
    const credential = await this.find(id);
    if (!credential || credential.ownerId !== account.id) {
      throw new HubError("not_found");
    }
    return credential;
  }

  /** A credential that the caller manages, and in what role. Throws `not_found`. */
  managed(
    id: string,
    caller: Caller,
  ): Promise<{ readonly credential: Credential; readonly manager: Manager }> {
    return findManaged(this.#context.store.read, id, caller);
  }

  /** The active one in the slot that this kind has for the account, or null. */
  async inSlot(account: Account, kind: Kind, instance: string | null): Promise<Credential | null> {
    const slot = slotOf(kind, instance);
    return slot === null ? null : this.#context.store.read.credentials.findInSlot(account.id, slot);
  }

  /** The credential of a secret that an auditor found, or why there is none. It is audited. */
  lookUp(secret: Secret, caller: Caller): Promise<Credential | "unknown" | "malformed"> {
    return lookUpSecret(this.#context, secret, caller);
  }

  list(filter: Omit<CredentialFilter, "now">): Promise<readonly Credential[]> {
    return this.#context.store.read.credentials.list({ ...filter, now: this.#context.clock.now() });
  }

  /** How many match a filter, counted up to its limit. */
  count(filter: Omit<CredentialFilter, "now">): Promise<number> {
    return this.#context.store.read.credentials.count({ ...filter, now: this.#context.clock.now() });
  }

  /**
   * How many active ones of these kinds would have expired by now if they lasted `lifeMs` from their
   * creation.
   */
  countOlderThan(kinds: readonly Kind[], lifeMs: number): Promise<number> {
    return this.#context.store.read.credentials.countOlderThan(kinds, lifeMs, this.#context.clock.now());
  }

  /** The account that it acts for; null once that is deleted. */
  ownerOf(credential: Credential): Promise<Account | null> {
    return ask(this.#context.index.account(credential.ownerId));
  }

  /** Its state now, as far as this node knows. */
  stateOf(credential: Credential): CredentialState {
    return stateOf(credential, lastUsedAt(this.#context, credential), this.#context.clock.now());
  }

  /** Its end, recorded or by the clock, as far as this node knows. */
  endOf(credential: Credential): CredentialEnd | null {
    return endNow(this.#context, credential);
  }

  /** The earlier of its fixed end and its idle end; null if it has neither. */
  nearestEnd(credential: Credential): number | null {
    const { expiresAt, idleMs } = credential;
    // By the latest use that this node knows of.
    const idleEnd = idleMs === null ? null : idleDeadline(credential, lastUsedAt(this.#context, credential));
    return expiresAt === null || idleEnd === null ? (expiresAt ?? idleEnd) : Math.min(expiresAt, idleEnd);
  }

  /** True if its secret can be read again: the operator opted in before it was created. */
  isReadable(credential: Credential): boolean {
    return this.#context.policy.appTokenReveal === "always" && credential.sealedSecret !== null;
  }

  /**
   * Unseals its secret once more; it is audited before the caller gets it. The right of the caller and a
   * recent log-in are checked before. Throws `not_found` if there is no copy or the credential has ended
   * meanwhile.
   */
  async reveal(credential: Credential, caller: Caller): Promise<Secret> {
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const present = await writes.credentials.findById(credential.id);
      if (!present?.sealedSecret || present.end || !this.isReadable(present)) {
        throw new HubError("not_found");
      }
      await auditCredential(writes, present, { action: "credential.reveal", actor: actorOf(caller) });
      const plain = this.#context.keyring.unseal(present.sealedSecret, sealingContext(present.id));
      const secret = new Secret(plain.toString("latin1"));
      plain.fill(0);
      return secret;
    });
  }

  /**
   * Removes an expired credential from its owner's list. Why and when it expired stay as they were, and so
   * does the row: a holder of the secret is still told. The removal is audited. Throws like
   * `requireStanding`.
   */
  async dismiss(credential: Credential, caller: Caller): Promise<void> {
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const end = endNow(this.#context, credential);
      invariant(end, "only what has ended is dismissed");
      if (await endOne(writes, credential.id, { ...end, note: DISMISSED })) {
        await auditEndByClock(writes, credential, end);
      } else {
        await writes.credentials.setEndNote(credential.id, DISMISSED);
      }
      await writes.credentials.change(credential.id, { dismissedAt: this.#context.clock.now() });
      await auditChange(writes, credential, {
        action: "credential.revoke",
        actor: actorOf(caller),
        details: { reason: DISMISSED, dismissed: true },
      });
    });
  }
}
