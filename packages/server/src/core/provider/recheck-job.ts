import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import type { Job } from "../jobs/job.ts";
import { Secret } from "../secret/secret.ts";
import type { Writes } from "../store.ts";
import { acceptIdentity, refreshContext } from "./accept.ts";
import { hasRequiredGroup } from "./groups.ts";
import type { ExternalLink, ProviderKind, Recheck } from "./ports.ts";
import { suspendAccount } from "./suspension.ts";

const BATCH = 20;
const EVERY_MS_MAX = 60_000;
const EVERY_MS_MIN = 1_000;
/** The first refusal may be a mistake of the provider's. */
const REFUSALS_TO_SUSPEND = 2;
/** When a person is asked about again whom a silent provider left open. Others who are due go first. */
const RETRY_MS = 60_000;

/**
 * Asks the provider again about each linked person, so that the tokens of a person who left the organisation
 * stop working although nobody changes anything in the hub.
 */
export function recheckJob(context: HubContext, kind: ProviderKind): Job {
  const setup = context.signIn[kind];
  const recheckMs = setup?.recheckMs ?? Number.POSITIVE_INFINITY;
  const due = (limit: number) =>
    context.store.read.links.findDue(kind, context.clock.now() - recheckMs, limit);
  return {
    name: `recheck-${kind}`,
    everyMs: Math.max(EVERY_MS_MIN, Math.min(EVERY_MS_MAX, recheckMs)),
    hasWork: async () => setup !== null && (await due(1)).length > 0,
    run: async (_from, signal) => {
      let done = 0;
      const links = setup === null ? [] : await due(BATCH);
      for (const link of links) {
        if (signal.aborted) {
          break;
        }
        const recheck = await askProvider(context, link);
        await applyRecheck(context, link, recheck);
        if (recheck.outcome === "unavailable") {
          // The others would wait for the same silence. The next run begins with them.
          return { done, next: null };
        }
        done += 1;
      }
      return { done, next: links.length === BATCH && !signal.aborted ? "more" : null };
    },
  };
}

/** `unavailable`: the provider did not answer at all. */
type Answer = Recheck | { readonly outcome: "unavailable" };

async function askProvider(context: HubContext, link: ExternalLink): Promise<Answer> {
  const { oidc, ldap } = context.signIn;
  try {
    if (link.provider === "ldap") {
      return (await ldap?.provider.recheck(link.subject)) ?? { outcome: "unknown" };
    }
    if (!oidc || !link.sealedRefresh) {
      return { outcome: "unknown" };
    }
    const refresh = context.keyring.unseal(link.sealedRefresh, refreshContext(link.accountId));
    const { issuer, subject } = link;
    return await oidc.provider.recheck({ refresh: new Secret(refresh.toString("utf8")), issuer, subject });
  } catch (error) {
    // A failed request says nothing about the person.
    const isSilent = error instanceof HubError && error.code === "provider_unavailable";
    return { outcome: isSilent ? "unavailable" : "unknown" };
  }
}

async function applyRecheck(context: HubContext, link: ExternalLink, recheck: Answer): Promise<void> {
  const setup = context.signIn[link.provider];
  const now = context.clock.now();
  await context.store.write(async (writes) => {
    const account = await writes.accounts.findById(link.accountId);
    const present = await writes.links.find(link.issuer, link.subject);
    if (!account || !setup || present?.checkedAt !== link.checkedAt) {
      // Deleted while the provider was asked, or signed in again: that answer is newer than this one.
      return;
    }
    const checked = { ...present, checkedAt: now };
    if (recheck.outcome === "unavailable") {
      await writes.links.put({ ...checked, checkedAt: now - setup.recheckMs + RETRY_MS });
      return;
    }
    if (recheck.outcome === "unknown") {
      await writes.links.put(checked);
      return;
    }
    const rules = setup.groups;
    const isAccepted = recheck.outcome === "accepted" && hasRequiredGroup(rules, recheck.identity.groups);
    if (!isAccepted || account.disabled) {
      await countRefusal(context, writes, checked, recheck);
      return;
    }
    const { identity } = recheck;
    await acceptIdentity(context, writes, { kind: link.provider, identity, rules });
  });
}

async function countRefusal(
  context: HubContext,
  writes: Writes,
  link: ExternalLink,
  recheck: Recheck,
): Promise<void> {
  const failures = link.failures + 1;
  // A provider may hand out a new refresh token although the group is lost; the former one is dead then.
  const refresh = recheck.outcome === "accepted" ? recheck.identity.refresh : null;
  const sealed =
    refresh &&
    context.keyring.seal(Buffer.from(refresh.reveal()), refreshContext(link.accountId), context.entropy);
  await writes.links.put({ ...link, failures, sealedRefresh: sealed ?? link.sealedRefresh });
  const account = await writes.accounts.findById(link.accountId);
  if (account && !account.disabled && account.suspendedAt === null && failures >= REFUSALS_TO_SUSPEND) {
    await suspendAccount(context, writes, account);
  }
}
