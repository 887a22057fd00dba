import type { HubContext } from "../context.ts";
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
        await applyRecheck(context, link, await askProvider(context, link));
        done += 1;
      }
      return { done, next: links.length === BATCH && !signal.aborted ? "more" : null };
    },
  };
}

async function askProvider(context: HubContext, link: ExternalLink): Promise<Recheck> {
  const { oidc, ldap } = context.signIn;
  try {
    if (link.provider === "ldap") {
      return (await ldap?.provider.recheck(link.subject)) ?? { outcome: "unknown" };
    }
    if (!oidc || !link.sealedRefresh) {
      return { outcome: "unknown" };
    }
    const refresh = context.keyring.unseal(link.sealedRefresh, refreshContext(link.accountId));
    return await oidc.provider.recheck(new Secret(refresh.toString("utf8")), link.subject);
  } catch {
    // A failed request says nothing about the person.
    return { outcome: "unknown" };
  }
}

async function applyRecheck(context: HubContext, link: ExternalLink, recheck: Recheck): Promise<void> {
  const rules = context.signIn[link.provider]?.groups;
  await context.store.write(async (writes) => {
    const account = await writes.accounts.findById(link.accountId);
    if (!account) {
      // Deleted while the provider was asked; its link went with it.
      return;
    }
    const checked = { ...link, checkedAt: context.clock.now() };
    if (recheck.outcome === "unknown" || !rules) {
      await writes.links.put(checked);
      return;
    }
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
