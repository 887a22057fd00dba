import type { Account } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";
import type { HubContext } from "../context.ts";
import { type Ending, HubError } from "../errors.ts";
import { markOf } from "../secret/format.ts";
import type { Digest } from "../secret/keyring.ts";
import type { Secret } from "../secret/secret.ts";
import { type Credential, type CredentialEnd, endOf, idleDeadline } from "./credential.ts";
import { type Kind, kindOfMark } from "./kinds.ts";

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

export type InactiveReason = "malformed" | "unknown" | "ended" | "owner_inactive";

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
  // Only for what dies of neglect does it matter when it was used.
  const end = endOf(credential, credential.idleMs === null ? null : lastUsedAt(context, credential), now);
  if (end) {
    return end.reason === "inactive" && !credential.end ? null : ended(credential, end);
  }
  const account = context.index.knownAccount(credential.ownerId);
  const everyone = context.index.knownEveryone();
  if (!account || !everyone) {
    return null;
  }
  context.index.hits += 1;
  return account.disabled
    ? ownerInactive(credential, now)
    : { active: true, credential, account, authority: authorityOf(credential, account, everyone) };
}

async function judge(context: HubContext, credential: Credential): Promise<Verdict> {
  const now = context.clock.now();
  let end = endOf(credential, lastUsedAt(context, credential), now);
  if (end?.reason === "inactive" && !credential.end) {
    // The copy at hand may not know of a use that was written meanwhile, here or by another node.
    context.index.forget(credential.id);
    const stored = await context.store.read.credentials.findById(credential.id);
    end = stored ? endOf(stored, lastUsedAt(context, stored), now) : end;
  }
  if (end) {
    return ended(credential, end);
  }
  const [account, everyone] = await Promise.all([
    context.index.account(credential.ownerId),
    context.index.everyone(),
  ]);
  return !account || account.disabled
    ? ownerInactive(credential, now)
    : { active: true, credential, account, authority: authorityOf(credential, account, everyone) };
}

function ended(credential: Credential, end: CredentialEnd): Verdict {
  return { active: false, reason: "ended", ending: { reason: end.reason, at: end.at }, credential };
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

/** The latest use known to this node, stored or still in memory. */
export function lastUsedAt(context: HubContext, credential: Credential): number | null {
  const pending = context.usage.pendingUse(credential.id)?.at ?? 0;
  const latest = Math.max(pending, credential.lastUse?.at ?? 0);
  return latest === 0 ? null : latest;
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
