import type { Account } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";
import type { HubContext } from "../context.ts";
import { type Ending, HubError } from "../errors.ts";
import { markOf } from "../secret/format.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Secret } from "../secret/secret.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import { type Kind, kindOfMark } from "./kinds.ts";
import { endFromStore, endNow, lastUsedAt } from "./present-end.ts";
import { dependsOnOthers, frozenEnding, idleDeadline } from "./state.ts";

/**
 * The answer to "is it good?". `authority` is what it may do. The reason of a "no" is for the audit and for whoever has shown the
 * true secret: `ending` is set only where the presented text was a secret of ours.
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
 * How long the store may take. What it says describes a moment after the question was put, so an answer that comes later than this could
 * let somebody in who was revoked more than the promised second ago.
 */
const STORE_ANSWER_MS = 800;

/** Is this secret good now? Never throws for "no"; throws `store_unavailable` when it cannot be known. */
export async function verifySecret(context: HubContext, secret: Secret): Promise<Verdict> {
  const kind = kindOf(secret);
  if (kind === null) {
    return MALFORMED;
  }
  const digests = context.keyring.digests(secret);
  return verifyFromMemory(context, digests, kind) ?? inTime(verifyFromStore(context, digests, kind));
}

/** The same where it can be known without asking anybody; null where it cannot. */
export function verifySecretFromMemory(context: HubContext, secret: Secret): Verdict | null {
  const kind = kindOf(secret);
  return kind === null ? MALFORMED : verifyFromMemory(context, context.keyring.digests(secret), kind);
}

function kindOf(secret: Secret): Kind | null {
  const mark = markOf(secret.reveal());
  return mark === null ? null : kindOfMark(mark);
}

function verifyFromMemory(context: HubContext, digests: readonly Digest[], kind: Kind): Verdict | null {
  for (const digest of digests) {
    const credential = context.index.knownCredential(digest);
    if (credential) {
      return credential.kind === kind ? judgeFromMemory(context, credential) : MALFORMED;
    }
  }
  return digests.every((digest) => context.index.digests.isUnknown(digest)) ? UNKNOWN : null;
}

async function verifyFromStore(
  context: HubContext,
  digests: readonly Digest[],
  kind: Kind,
): Promise<Verdict> {
  for (const digest of digests) {
    const credential = await context.index.credential(digest);
    if (credential) {
      return credential.kind === kind ? judge(context, credential) : MALFORMED;
    }
  }
  return UNKNOWN;
}

/** Is the credential of that id good now? For bearers that were derived from it. */
export async function verifyById(context: HubContext, id: string): Promise<Verdict> {
  const known = context.index.knownById(id);
  return (known && judgeFromMemory(context, known)) ?? inTime(verifyByIdFromStore(context, id));
}

async function verifyByIdFromStore(context: HubContext, id: string): Promise<Verdict> {
  const credential = await context.index.credentialById(id);
  return credential ? judge(context, credential) : UNKNOWN;
}

async function inTime(verdict: Promise<Verdict>): Promise<Verdict> {
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

/** The verdict without asking anybody, or null where this node does not know enough. */
function judgeFromMemory(context: HubContext, credential: Credential): Verdict | null {
  const now = context.clock.now();
  const end = endNow(context, credential);
  if (end) {
    return dependsOnOthers(credential, end) ? null : ended(credential, end);
  }
  const frozen = frozenEnding(credential, now);
  if (frozen) {
    return refusedFor(credential, frozen);
  }
  const account = context.index.knownAccount(credential.ownerId);
  const everyone = context.index.knownEveryone();
  if (!account || !everyone) {
    return null;
  }
  context.index.hits += 1;
  return account.disabled ? ownerInactive(credential, now) : active(context, credential, account, everyone);
}

async function judge(context: HubContext, copy: Credential): Promise<Verdict> {
  const now = context.clock.now();
  const passed = endNow(context, copy);
  const stored = passed && dependsOnOthers(copy, passed) ? await endFromStore(context, copy, passed) : null;
  const credential = stored?.credential ?? copy;
  const end = stored ? stored.end : passed;
  if (end) {
    return ended(credential, end);
  }
  const frozen = frozenEnding(credential, now);
  if (frozen) {
    return refusedFor(credential, frozen);
  }
  const [account, everyone] = await Promise.all([
    context.index.account(credential.ownerId),
    context.index.everyone(),
  ]);
  return !account || account.disabled
    ? ownerInactive(credential, now)
    : active(context, credential, account, everyone);
}

/** Throws `restored_undecided` for a credential from before a restore that nobody has decided about. */
function active(
  context: HubContext,
  credential: Credential,
  account: Account,
  everyone: readonly Scope[],
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

interface KnownAuthority {
  readonly account: Account;
  readonly everyone: readonly Scope[];
  readonly authority: Authority;
}

/** What a credential may do changes only with its owner and what everyone holds, so it is worked out once for each of these. */
const authorities = new WeakMap<Credential, KnownAuthority>();

function authorityOf(credential: Credential, account: Account, everyone: readonly Scope[]): Authority {
  const known = authorities.get(credential);
  if (known && known.account === account && known.everyone === everyone) {
    return known.authority;
  }
  const authority = new Authority([accountScopes(account, everyone), credential.scopes]);
  authorities.set(credential, { account, everyone, authority });
  return authority;
}

/** Milliseconds until it dies of neglect if it is used no more, or null where it does not. */
export function idleMsLeft(context: HubContext, credential: Credential): number | null {
  const deadline = idleDeadline(credential, lastUsedAt(context, credential));
  return deadline === null ? null : Math.max(0, deadline - context.clock.now());
}

/** Of what is no credential there is nothing more to say, however often it comes. */
const REFUSED_STRANGERS = {
  malformed: new HubError("credential_inactive", { detail: "malformed" }),
  unknown: new HubError("credential_inactive", { detail: "unknown" }),
};

/** The verdict as an exception, for doors that only let the living in. */
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
