import { type Account, isUsername } from "../account/account.ts";
import type { AccountChange } from "../account/ports.ts";
import { type Actor, SYSTEM } from "../audit/events.ts";
import { isNamespace } from "../authority/authority.ts";
import { ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { newId } from "../ids.ts";
import { isPlainText } from "../plain-text.ts";
import type { Writes } from "../store.ts";
import { hasRequiredGroup, roleOf, syncTeams } from "./groups.ts";
import type { ExternalLink, GroupRules, ProviderIdentity, ProviderKind } from "./ports.ts";
import { resumeAccount } from "./suspension.ts";

export interface Acceptance {
  readonly kind: ProviderKind;
  readonly identity: ProviderIdentity;
  readonly rules: GroupRules;
}

const LABEL_CODE_POINTS_MAX = 255;

/** Why a person whom the provider vouches for does not get in. */
export class SignInRefusal extends HubError {
  readonly reason: string;

  constructor(reason: string, explanation: string) {
    super("sign_in_refused", { detail: reason, explanation });
    this.reason = reason;
  }
}

/**
 * The account of a person whom the provider vouches for: the linked one, or a new one. Role, teams and
 * labels become what the provider says, and a suspension ends. Runs inside the caller's transaction.
 *
 * Throws `SignInRefusal`: without the required group, for a disabled account, and for a new person whose
 * name is missing, cannot be a user name here, or is taken. A name is never joined: the link is the only key.
 */
export async function acceptIdentity(
  context: HubContext,
  writes: Writes,
  acceptance: Acceptance,
): Promise<Account> {
  const { identity, rules } = acceptance;
  if (!hasRequiredGroup(rules, identity.groups)) {
    throw new SignInRefusal("required_group", "You are not in the group that may use this hub.");
  }
  const link = await writes.links.find(identity.issuer, identity.subject);
  const known = link && (await writes.accounts.findById(link.accountId));
  if (known?.disabled) {
    throw new SignInRefusal("account_disabled", "Your account here is disabled. Ask an administrator.");
  }
  const account = known ?? (await createAccount(context, writes, acceptance));
  await writes.links.put(nextLink(context, acceptance, { link, accountId: account.id }));
  const actor: Actor = { ...SYSTEM, name: acceptance.kind };
  await applyLabels(writes, account, acceptance, actor);
  await syncTeams(writes, account, { rules, groups: identity.groups, actor });
  if (account.suspendedAt !== null) {
    await resumeAccount(context, writes, account);
  }
  return (await writes.accounts.findById(account.id)) ?? account;
}

/** What binds a sealed refresh token to its account. */
export function refreshContext(accountId: string): string {
  return `external-link/${accountId}`;
}

function nextLink(
  { clock, entropy, keyring }: HubContext,
  { kind, identity }: Acceptance,
  { link, accountId }: { readonly link: ExternalLink | null; readonly accountId: string },
): ExternalLink {
  const { issuer, subject, refresh } = identity;
  const sealed = refresh && keyring.seal(Buffer.from(refresh.reveal()), refreshContext(accountId), entropy);
  return {
    accountId,
    provider: kind,
    issuer,
    subject,
    sealedRefresh: sealed ?? link?.sealedRefresh ?? null,
    checkedAt: clock.now(),
    failures: 0,
  };
}

async function createAccount(
  { clock, entropy }: HubContext,
  writes: Writes,
  { kind, identity, rules }: Acceptance,
): Promise<Account> {
  const { username } = identity;
  if (username === null) {
    throw new SignInRefusal("no_username", "The identity provider did not tell your user name.");
  }
  if (!isUsername(username)) {
    throw new SignInRefusal("bad_username", "Your user name cannot be one here.");
  }
  const isTaken =
    (await writes.accounts.findByUsername(username)) !== null ||
    (isNamespace(username) && (await writes.accounts.isNamespaceGranted(username)));
  if (isTaken) {
    throw new SignInRefusal("username_taken", "Somebody else has your user name here. Ask an administrator.");
  }
  const account = await writes.accounts.insert({
    id: newId(clock, entropy),
    username,
    displayName: readLabel(identity.displayName),
    email: readLabel(identity.email),
    role: roleOf(rules, identity.groups, "member"),
    disabled: false,
    passwordHash: null,
    provider: kind,
    epoch: 0,
    createdAt: clock.now(),
  });
  await writes.audit.append({
    action: "account.create",
    actor: { ...SYSTEM, name: kind },
    owner: ownerOf(account),
    credentialId: null,
    details: { role: account.role, provider: kind },
  });
  return account;
}

/** A renamed person keeps the account and its user name; only the label follows. */
async function applyLabels(
  writes: Writes,
  account: Account,
  { identity, rules }: Acceptance,
  actor: Actor,
): Promise<void> {
  const role = roleOf(rules, identity.groups, account.role);
  const isLastAdministrator =
    account.role === "admin" && role !== "admin" && (await writes.accounts.countAdministrators()) <= 1;
  const wanted = {
    displayName: readLabel(identity.displayName) ?? account.displayName,
    email: readLabel(identity.email) ?? account.email,
    role: isLastAdministrator ? account.role : role,
  };
  const change: AccountChange = {
    ...(wanted.displayName === account.displayName ? {} : { displayName: wanted.displayName }),
    ...(wanted.email === account.email ? {} : { email: wanted.email }),
    ...(wanted.role === account.role ? {} : { role: wanted.role }),
  };
  if (Object.keys(change).length > 0) {
    await writes.accounts.update(account.id, change);
    writes.announce({ of: "account", accountId: account.id });
    const owner = ownerOf(account);
    await writes.audit.append({
      action: "account.update",
      actor,
      owner,
      credentialId: null,
      details: { ...change },
    });
  }
}

function readLabel(text: string | null): string | null {
  return text !== null && text !== "" && isPlainText(text, LABEL_CODE_POINTS_MAX) ? text : null;
}
