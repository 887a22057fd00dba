import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import type { Job } from "../jobs/job.ts";
import type { MetricStream } from "../metric-stream.ts";
import { Secret } from "../secret/secret.ts";
import type { Writes } from "../store.ts";
import { acceptIdentity, refreshContext } from "./accept.ts";
import { hasRequiredGroup } from "./groups.ts";
import type { ExternalLink, OpenRecheck, ProviderKind, Recheck, RecheckTrouble } from "./ports.ts";
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
 * stop working although nobody changes anything in the hub. Publishes the first trouble of each piece.
 */
export function recheckJob(
  context: HubContext,
  kind: ProviderKind,
  troubles: MetricStream<RecheckTrouble>,
): Job {
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
      let isTroubled = false;
      const links = setup === null ? [] : await due(BATCH);
      for (const link of links) {
        if (signal.aborted) {
          break;
        }
        const recheck = await askProvider(context, link);
        await applyRecheck(context, link, recheck);
        if ("problem" in recheck && !isTroubled) {
          isTroubled = true;
          troubles.publish({ provider: kind, problem: recheck.problem });
        }
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
type Answer = Recheck | { readonly outcome: "unavailable"; readonly problem: string };

async function askProvider(context: HubContext, link: ExternalLink): Promise<Answer> {
  const { oidc, ldap } = context.signIn;
  try {
    if (link.provider === "ldap") {
      return (await ldap?.provider.recheck(link.subject)) ?? open("the directory is not configured");
    }
    if (!oidc || !link.sealedRefresh) {
      return open("there is no refresh token to ask with");
    }
    const refresh = context.keyring.unseal(link.sealedRefresh, refreshContext(link.accountId));
    const { issuer, subject } = link;
    return await oidc.provider.recheck({ refresh: new Secret(refresh.toString("utf8")), issuer, subject });
  } catch (error) {
    // A failed request says nothing about the person.
    if (error instanceof HubError && error.code === "provider_unavailable") {
      return { outcome: "unavailable", problem: error.detail ?? error.message };
    }
    return open(error instanceof Error ? error.message : "unknown");
  }
}

function open(problem: string): OpenRecheck {
  return { outcome: "unknown", problem, refresh: null };
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
      await writes.links.put({ ...checked, ...sealRefresh(context, link, recheck.refresh) });
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
  }, "large");
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
  await writes.links.put({ ...link, failures, ...sealRefresh(context, link, refresh) });
  const account = await writes.accounts.findById(link.accountId);
  if (account && !account.disabled && account.suspendedAt === null && failures >= REFUSALS_TO_SUSPEND) {
    await suspendAccount(context, writes, account);
  }
}

/** The part of a link that holds a new refresh token; nothing if there is none. */
function sealRefresh(
  { keyring, entropy }: HubContext,
  { accountId }: ExternalLink,
  refresh: Secret | null,
): Pick<ExternalLink, "sealedRefresh"> | Record<string, never> {
  return refresh === null
    ? {}
    : { sealedRefresh: keyring.seal(Buffer.from(refresh.reveal()), refreshContext(accountId), entropy) };
}
