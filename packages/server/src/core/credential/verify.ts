import type { Account } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { HubContext } from "../context.ts";
import { type Ending, HubError } from "../errors.ts";
import { type Looked, Undecided, whenKnown } from "../looked.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import type { Kind } from "./kinds.ts";
import { endFromStore, endNow } from "./present-end.ts";
import type { PresentedSecret } from "./presented.ts";
import { dependsOnOthers, frozenEnding } from "./state.ts";

/**
 * The answer to "is it good?". `authority` is what it may do. The reason of a "no" is for the audit and for a
 * caller who presented the true secret: `ending` is set only for one of our own secrets.
 */
export type Verdict =
  | {
      readonly active: true;
      readonly credential: Credential;
      readonly account: Account;
      readonly authority: Authority;
    }
  | {
      readonly active: false;
      readonly reason: InactiveReason;
      readonly ending: Ending | null;
      readonly credential: Credential | null;
    };

export type InactiveReason = "malformed" | "unknown" | "ended" | "frozen" | "address" | "owner_inactive";

const MALFORMED: Verdict = { active: false, reason: "malformed", ending: null, credential: null };
const UNKNOWN: Verdict = { active: false, reason: "unknown", ending: null, credential: null };

/**
 * The time limit for an answer of the store. An answer describes a moment after the question was sent, so a
 * later one could admit a credential that was revoked more than the promised second ago.
 */
const STORE_ANSWER_MS = 800;

/**
 * The verdict on what was presented. "No" is a verdict; asking throws `store_unavailable` if the store cannot
 * tell.
 */
export function lookAtSecret(context: HubContext, presented: PresentedSecret): Looked<Verdict> {
  if (presented.form !== "credential") {
    return MALFORMED;
  }
  const shown: Shown = { context, kind: presented.kind, digests: context.keyring.digests(presented.secret) };
  return inTime(whenKnown(context.index.credential(shown.digests), verdictOnShown, shown));
}

/** A secret that is looked for. */
interface Shown {
  readonly context: HubContext;
  /** The kind that its mark tells. */
  readonly kind: Kind;
  readonly digests: readonly Digest[];
}

function verdictOnShown(credential: Credential | null, shown: Shown): Looked<Verdict> {
  if (!credential) {
    return UNKNOWN;
  }
  return credential.kind === shown.kind
    ? whenKnown(verdictOn(shown.context, credential), noteDigests, shown)
    : MALFORMED;
}

/** An accepted secret moves to the current version of the master key. */
function noteDigests(verdict: Verdict, { context, digests }: Shown): Verdict {
  if (verdict.active) {
    context.keyMoves.noteCredential(verdict.credential, digests);
  }
  return verdict;
}

/** Is the credential of that id good now? For bearers that were derived from it. */
export function lookById(context: HubContext, id: string): Looked<Verdict> {
  const found = context.index.credentialById(id);
  return inTime(whenKnown(found, (credential) => (credential ? verdictOn(context, credential) : UNKNOWN)));
}

/** The verdict from the store, within the time limit. */
function inTime(verdict: Looked<Verdict>): Looked<Verdict> {
  return verdict instanceof Undecided ? new Undecided(() => answerInTime(verdict.ask())) : verdict;
}

async function answerInTime(verdict: Promise<Verdict>): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new HubError("store_unavailable", { detail: "the store took too long to answer" })),
      STORE_ANSWER_MS,
    );
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}

function verdictOn(context: HubContext, copy: Credential): Looked<Verdict> {
  const end = endNow(context, copy);
  if (end && dependsOnOthers(copy, end)) {
    const stored = new Undecided(() => endFromStore(context, copy, end));
    return whenKnown(stored, ({ credential, end: storedEnd }) =>
      storedEnd ? ended(credential, storedEnd) : activeVerdict(context, credential),
    );
  }
  return end ? ended(copy, end) : activeVerdict(context, copy);
}

/** The verdict on a credential that has not ended. */
function activeVerdict(context: HubContext, credential: Credential): Looked<Verdict> {
  const now = context.clock.now();
  const frozen = frozenEnding(credential, now);
  if (frozen) {
    return refusedFor(credential, frozen);
  }
  return whenKnown(context.index.account(credential.ownerId), verdictFor, { context, credential });
}

/** A credential that has not ended and is not frozen. */
interface Living {
  readonly context: HubContext;
  readonly credential: Credential;
}

function verdictFor(account: Account | null, { context, credential }: Living): Looked<Verdict> {
  return account && !account.disabled
    ? whenKnown(context.index.authenticatedGrants(), active, { context, credential, account })
    : ownerInactive(credential, context.clock.now());
}

/** Throws `restored_undecided` for a credential from before a restore, until an administrator decides. */
function active(
  everyone: readonly Scope[],
  { context, credential, account }: Living & { readonly account: Account },
): Verdict {
  context.restored.require(credential.createdAt);
  return { active: true, credential, account, authority: authorityOf(credential, account, everyone) };
}

function ended(credential: Credential, end: CredentialEnd): Verdict {
  return { active: false, reason: "ended", ending: { reason: end.reason, at: end.at }, credential };
}

function refusedFor(credential: Credential, ending: Ending & { reason: "frozen" | "address" }): Verdict {
  return { active: false, reason: ending.reason, ending, credential };
}

function ownerInactive(credential: Credential, at: number): Verdict {
  return { active: false, reason: "owner_inactive", ending: { reason: "owner_disabled", at }, credential };
}

interface KnownAuthorities {
  readonly everyone: readonly Scope[];
  readonly byScopes: BoundedMap<readonly Scope[], Authority>;
}

/** Distinct lists of scopes whose authority is kept for one owner. */
const LISTS_MAX = 1_000;

/**
 * The authority of a credential changes only with its owner and the grants of everyone. It is computed once
 * for each, and shared by the owner's credentials that have the same scopes.
 */
const authorities = new WeakMap<Account, KnownAuthorities>();

function authorityOf({ scopes }: Credential, account: Account, everyone: readonly Scope[]): Authority {
  let known = authorities.get(account);
  if (known?.everyone !== everyone) {
    known = { everyone, byScopes: new BoundedMap(LISTS_MAX) };
    authorities.set(account, known);
  }
  let authority = known.byScopes.get(scopes);
  if (!authority) {
    authority = new Authority([accountScopes(account, everyone), scopes]);
    known.byScopes.set(scopes, authority);
  }
  return authority;
}

/** Unknown and malformed secrets share one error object each: nothing about them differs. */
const REFUSED_STRANGERS = {
  malformed: new HubError("credential_inactive", { detail: "malformed" }),
  unknown: new HubError("credential_inactive", { detail: "unknown" }),
};

/** The verdict as an exception, for endpoints that accept only active credentials. */
export function refuseInactive({
  reason,
  credential,
  ending,
}: Extract<Verdict, { active: false }>): HubError {
  if (!credential && (reason === "malformed" || reason === "unknown")) {
    return REFUSED_STRANGERS[reason];
  }
  return new HubError("credential_inactive", {
    detail: credential ? `${reason}: credential ${credential.id}` : reason,
    ...(credential ? { credentialId: credential.id } : {}),
    ...(ending ? { ending } : {}),
  });
}
