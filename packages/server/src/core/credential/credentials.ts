import type { Account } from "../account/account.ts";
import type { Caller, Origin } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { type Ending, HubError } from "../errors.ts";
import { isId } from "../ids.ts";
import { ask, type Looked, whenKnown } from "../looked.ts";
import type { Secret } from "../secret/secret.ts";
import type { DailyUse, Door, Sources } from "../usage/ports.ts";
import { type AddressAdvice, adviseAddresses } from "./address-advice.ts";
import { isAllowedFrom } from "./addresses.ts";
import { type BulkOutcome, type BulkRequest, changeMany } from "./bulk.ts";
import type { Credential, CredentialUse } from "./credential.ts";
import { type CutOver, lookAtCutOver } from "./cut-over.ts";
import { dismissExpired } from "./dismiss.ts";
import { type EditConditions, type EditRequest, editCredential } from "./edit.ts";
import { FirstUses } from "./first-uses.ts";
import { type FreezeRequest, freezeCredential, thawCredential } from "./freeze.ts";
import { type Issued, type IssueRequest, issueCredential } from "./issue.ts";
import { type Kind, slotOf } from "./kinds.ts";
import { findManaged, type Manager } from "./manage.ts";
import type { CredentialFilter } from "./ports.ts";
import { endNow, lastUsedAt } from "./present-end.ts";
import { type PresentedSecret, readSecret } from "./presented.ts";
import { type Refusal, RefusalLog } from "./refusal-log.ts";
import { isReadable, revealSecret } from "./reveal.ts";
import { revokeCredential, revokeSlot } from "./revoke.ts";
import { revokeAllOf } from "./revoke-all.ts";
import { type Rotated, type RotateRequest, rotateCredential } from "./rotate.ts";
import { type CredentialState, idleDeadline, isUnusedSuccessor, stateOf } from "./state.ts";
import { touchCredential } from "./touch.ts";
import { idleMsLeft, lookAtSecret, lookById, type Verdict } from "./verify.ts";

const DAY_MS = 86_400_000;

interface VerdictCount {
  /** `none` where no credential was found. */
  readonly kind: Kind | "none";
  /** `active`, or why not. */
  readonly outcome: string;
  count: number;
}

/**
 * Issue, verify, list, revoke. Whether the caller may is decided before, except where a method says
 * otherwise.
 */
export class Credentials {
  readonly #context: HubContext;
  readonly #verdicts = new Map<string, VerdictCount>();
  readonly #refusals: RefusalLog;
  readonly #firstUses: FirstUses;

  constructor(context: HubContext) {
    this.#context = context;
    this.#refusals = new RefusalLog(context);
    this.#firstUses = new FirstUses(context);
  }

  issue(owner: Account, request: IssueRequest, caller: Caller): Promise<Issued> {
    return issueCredential(this.#context, owner, request, caller);
  }

  /**
   * The verdict on what was presented: synchronous if this node knows it, else asked of the store, which
   * throws `store_unavailable`.
   */
  look(presented: PresentedSecret): Looked<Verdict> {
    return whenKnown(lookAtSecret(this.#context, presented), this.#count);
  }

  /** The verdict on a text, for somebody who only asks about it: it is counted nowhere. */
  async peek(secret: Secret): Promise<Verdict> {
    return ask(lookAtSecret(this.#context, readSecret(secret.reveal())));
  }

  /** How many match a filter, counted up to its limit. */
  count(filter: Omit<CredentialFilter, "now">): Promise<number> {
    return this.#context.store.read.credentials.count({ ...filter, now: this.#context.clock.now() });
  }

  /** The verdict on the credential of that id, for derived bearers that are verified already. */
  lookById(id: string): Looked<Verdict> {
    return whenKnown(lookById(this.#context, id), this.#count);
  }

  /** Reads a text and looks whether it is good, asking the store if it must. Throws `store_unavailable`. */
  async verify(secret: Secret): Promise<Verdict> {
    return ask(this.look(readSecret(secret.reveal())));
  }

  /** Verdicts given so far on this node, by kind and by how they came out. */
  verdicts(): readonly VerdictCount[] {
    return [...this.#verdicts.values()];
  }

  /** The same by outcome alone, under the names that activity is counted by. */
  outcomes(): readonly { readonly name: string; readonly count: number }[] {
    return this.verdicts().map(({ outcome, count }) => ({
      name: outcome === "active" ? "accepted" : `refused:${outcome}`,
      count,
    }));
  }

  readonly #count = (verdict: Verdict): Verdict => {
    const kind = verdict.credential?.kind ?? "none";
    const outcome = verdict.active ? "active" : (verdict.ending?.reason ?? verdict.reason);
    const key = `${kind} ${outcome}`;
    const known = this.#verdicts.get(key);
    if (known) {
      known.count += 1;
    } else {
      this.#verdicts.set(key, { kind, outcome, count: 1 });
    }
    return verdict;
  };

  /** Notes that it was used; costs no write here and now. */
  recordUse(credential: Credential, origin: Origin, door: Door = "api"): void {
    const at = this.#context.clock.now();
    this.#context.usage.record(credential, { at, ...origin }, door);
    if (credential.addressTrial !== null) {
      this.#tryAddresses(credential, origin, door);
    }
    if (isUnusedSuccessor(credential)) {
      this.#firstUses.note(credential.id, at);
    }
  }

  /** Reports a use from outside of the list on trial. Introspecting services often hide the client. */
  #tryAddresses({ id, addressTrial }: Credential, origin: Origin, door: Door): void {
    if (door !== "introspection" && !isAllowedFrom({ addresses: addressTrial }, origin.address)) {
      this.#refusals.noteShownInVain(id, "trial", origin);
    }
  }

  /** The latest use, stored or still in memory. */
  latestUse(credential: Credential): CredentialUse | null {
    const pending = this.#context.usage.pendingUse(credential.id);
    return pending && pending.at >= (credential.lastUse?.at ?? 0) ? pending : credential.lastUse;
  }

  /**
   * The earlier of its fixed end and its idle end, by the latest use that this node knows of; null if it has
   * neither.
   */
  nearestEnd(credential: Credential): number | null {
    const idle = idleDeadline(credential, lastUsedAt(this.#context, credential));
    return credential.expiresAt === null || idle === null
      ? (credential.expiresAt ?? idle)
      : Math.min(credential.expiresAt, idle);
  }

  /** Writes the true reason of a refusal to the audit, as far as one address may fill it. */
  auditRefusal(refusal: Refusal, origin: Origin): Promise<void> {
    return this.#refusals.note(refusal, origin);
  }

  /** Notes who still shows a secret that was rotated, or shows one from an address that is not allowed. */
  noteShownInVain(
    refused: {
      readonly ending?: Ending | null | undefined;
      readonly credential?: Credential | null;
      readonly credentialId?: string | undefined;
    },
    origin: Origin,
  ): void {
    const reason = refused.ending?.reason;
    const id = refused.credential?.id ?? refused.credentialId;
    if (id !== undefined && (reason === "rotated" || reason === "address")) {
      this.#refusals.noteShownInVain(id, reason, origin);
    }
  }

  endOf(credential: Credential): Credential["end"] {
    return endNow(this.#context, credential);
  }

  /** Its state now, as far as this node knows. */
  stateOf(credential: Credential): CredentialState {
    return stateOf(credential, lastUsedAt(this.#context, credential), this.#context.clock.now());
  }

  idleMsLeft(credential: Credential): number | null {
    return idleMsLeft(this.#context, credential);
  }

  list(filter: Omit<CredentialFilter, "now">): Promise<readonly Credential[]> {
    return this.#context.store.read.credentials.list({ ...filter, now: this.#context.clock.now() });
  }

  /**
   * How many active ones of these kinds would have expired by now if they lasted `lifeMs` from their
   * creation.
   */
  countOlderThan(kinds: readonly Kind[], lifeMs: number): Promise<number> {
    return this.#context.store.read.credentials.countOlderThan(kinds, lifeMs, this.#context.clock.now());
  }

  /** Its uses for each of the last `days` days that had any; today is the last. */
  dailyUses(credential: Credential, days: number): Promise<readonly DailyUse[]> {
    const today = Math.floor(this.#context.clock.now() / DAY_MS);
    return this.#context.store.read.usage.daily(credential.id, today - days + 1);
  }

  /** The uses of several for each of the last `days` days that had any. */
  dailyUsesOf(ids: readonly string[], days: number): Promise<readonly DailyUse[]> {
    const today = Math.floor(this.#context.clock.now() / DAY_MS);
    return this.#context.store.read.usage.dailyOf(ids, today - days + 1);
  }

  /** The one of that id if the account owns it. Somebody else's answers like an unknown one: `not_found`. */
  async ofOwner(account: Account, id: string): Promise<Credential> {
    const credential = await this.find(id);
    if (!credential || credential.ownerId !== account.id) {
      throw new HubError("not_found");
    }
    return credential;
  }

  /** The account that it acts for; null once that is deleted. */
  ownerOf(credential: Credential): Promise<Account | null> {
    return ask(this.#context.index.account(credential.ownerId));
  }

  /** A credential that the caller manages, and in what role. Throws `not_found`. */
  managed(
    id: string,
    caller: Caller,
  ): Promise<{ readonly credential: Credential; readonly manager: Manager }> {
    return findManaged(this.#context.store.read, id, caller);
  }

  async find(id: string): Promise<Credential | null> {
    return isId(id) ? this.#context.store.read.credentials.findById(id) : null;
  }

  /** The active one in the slot that this kind has for the account, or null. */
  async inSlot(account: Account, kind: Kind, instance: string | null): Promise<Credential | null> {
    const slot = slotOf(kind, instance);
    return slot === null ? null : this.#context.store.read.credentials.findInSlot(account.id, slot);
  }

  /** True if its secret can be read again. */
  isReadable(credential: Credential): boolean {
    return isReadable(this.#context, credential);
  }

  /** Reveals its secret once more, audited. Throws `not_found` if no copy is kept. */
  reveal(credential: Credential, caller: Caller): Promise<Secret> {
    return revealSecret(this.#context, credential, caller);
  }

  /** See `editCredential`. */
  edit(
    id: string,
    request: EditRequest,
    by: { readonly caller: Caller; readonly conditions: EditConditions },
  ): Promise<Credential> {
    return editCredential(this.#context, id, request, by);
  }

  /** See `freezeCredential`. */
  freeze(id: string, request: FreezeRequest, caller: Caller): Promise<Credential> {
    return freezeCredential(this.#context, id, request, caller);
  }

  /** See `thawCredential`. */
  thaw(id: string, caller: Caller): Promise<Credential> {
    return thawCredential(this.#context, id, caller);
  }

  /** See `touchCredential`. */
  touch(id: string, caller: Caller): Promise<Credential> {
    return touchCredential(this.#context, id, caller);
  }

  /** See `changeMany`. */
  changeMany(request: BulkRequest, caller: Caller): Promise<BulkOutcome> {
    return changeMany(this.#context, request, caller);
  }

  /** The addresses that it could be locked to, and who would be kept out by the list on trial. */
  async addressAdvice(credential: Credential): Promise<AddressAdvice> {
    return adviseAddresses(credential, await this.sources(credential), this.#context.clock.now());
  }

  /** Where it is used from, with the uses of this node up to now. */
  async sources(credential: Credential): Promise<Sources> {
    await this.#context.usage.flush();
    return this.#context.store.read.usage.sources(credential.id);
  }

  /**
   * Both sides of the rotation it takes part in, and who still uses the old one. Throws `not_found` if there
   * is none.
   */
  async cutOver(credential: Credential): Promise<CutOver> {
    await this.#context.usage.flush();
    return lookAtCutOver(this.#context, credential);
  }

  /** See `rotateCredential`. */
  async rotate(request: RotateRequest, caller: Caller): Promise<Rotated> {
    // A use that this node has accepted a moment ago decides whether the successor's secret may still be made
    // anew.
    await this.#firstUses.settle();
    return rotateCredential(this.#context, request, caller);
  }

  /** Resolves when the first uses that were noted are written, or cannot be written now. */
  settleFirstUses(): Promise<void> {
    return this.#firstUses.settle();
  }

  /** True when this call ended it. */
  revoke(credential: Credential, caller: Caller, note: string | null): Promise<boolean> {
    return revokeCredential(this.#context, credential, caller, note);
  }

  /** Ends all credentials of an account, or all of one kind, at once; returns how many. */
  revokeAll(
    owner: Account,
    which: { readonly kind: Kind | undefined; readonly note: string | null },
    caller: Caller,
  ): Promise<number> {
    return revokeAllOf(this.#context, owner, which, caller);
  }

  /** Puts an expired one out of its owner's sight. */
  dismiss(credential: Credential, caller: Caller): Promise<void> {
    return dismissExpired(this.#context, credential, caller);
  }

  /** Ends all generations that are active in the kind's slot; false if there was none. */
  async revokeInSlot(
    account: Account,
    kind: Kind,
    instance: string | null,
    caller: Caller,
  ): Promise<boolean> {
    const slot = slotOf(kind, instance);
    return slot !== null && revokeSlot(this.#context, { ownerId: account.id, slot }, caller);
  }
}
