import { SYSTEM } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { HubContext, Policy } from "../context.ts";
import type { Writes } from "../store.ts";
import { endOf } from "./credential.ts";
import { KIND_NAMES, KINDS, type Kind } from "./kinds.ts";
import { lastUsedAt } from "./verify.ts";

const BATCH = 200;
const DAY_MS = 86_400_000;

/** How long an ended credential stays as a tombstone, so that its holder can be told what happened. */
const TOMBSTONE_MS = 30 * DAY_MS;
const DAILY_USE_KEPT_DAYS = 90;

/**
 * Writes down the end of what the clock has ended, with an audit event each. Verification does not need it (it reads the clock); it makes
 * ends final, so that neither a longer option nor a clock set back revives anything. Returns how many ended.
 */
export async function expireLapsed(context: HubContext): Promise<number> {
  await context.usage.flush();
  let total = 0;
  for (;;) {
    const ended = await context.store.write((writes) => expireBatch(context, writes));
    total += ended;
    if (ended < BATCH) {
      return total;
    }
  }
}

async function expireBatch(context: HubContext, writes: Writes): Promise<number> {
  const now = context.clock.now();
  const lapsed = await writes.credentials.findLapsed(now, BATCH);
  let ended = 0;
  for (const credential of lapsed) {
    const end = endOf(credential, lastUsedAt(context, credential), now);
    if (!end || !(await writes.credentials.end(credential.id, end))) {
      continue;
    }
    ended += 1;
    writes.announce({ of: "credential", id: credential.id });
    const owner = await writes.accounts.findById(credential.ownerId);
    await writes.audit.append({
      action: "credential.expire",
      actor: SYSTEM,
      owner: owner ? ownerOf(owner) : null,
      credentialId: credential.id,
      details: {
        kind: credential.kind,
        hint: credential.hint,
        title: credential.title,
        reason: end.reason,
        endedAt: end.at,
      },
    });
  }
  return ended;
}

/** Throws away what has been kept long enough: tombstones, sessions, codes, daily counts. */
export async function purgeOld(context: HubContext): Promise<void> {
  const now = context.clock.now();
  await context.store.write(async (writes) => {
    await writes.credentials.purgeEndedBefore(now - TOMBSTONE_MS);
    await writes.sessions.removeExpired(now);
    await writes.clients.removeExpiredCodes(now);
    await writes.usage.purgeDailyBefore(Math.floor(now / DAY_MS) - DAILY_USE_KEPT_DAYS);
    await writes.collections.purgeImportsBefore(now - TOMBSTONE_MS);
  });
}

/**
 * Applies the options to what lives already, where the kind says so. What has died under the old options is ended first, for good: a
 * longer option revives nothing. Run at start, before the first request.
 */
export async function applyPolicy(context: HubContext): Promise<void> {
  await expireLapsed(context);
  const wanted = describePolicy(context.policy);
  await context.store.write(async (writes) => {
    const before = await writes.settings.get("policy");
    if (before === wanted) {
      return;
    }
    for (const kind of KIND_NAMES) {
      await applyKindPolicy(writes, kind, context.policy);
    }
    const erased = context.policy.appTokenReveal === "once" ? await eraseSealed(writes) : 0;
    await writes.settings.set("policy", wanted);
    writes.announce({ of: "everything" });
    await writes.audit.append({
      action: "policy.apply",
      actor: SYSTEM,
      owner: null,
      credentialId: null,
      details: {
        before: before === null ? null : JSON.parse(before),
        after: JSON.parse(wanted),
        sealedCopiesErased: erased,
      },
    });
  });
  // A shorter option may have ended some at this very moment.
  await expireLapsed(context);
}

async function applyKindPolicy(writes: Writes, kind: Kind, policy: Policy): Promise<void> {
  const rule = KINDS[kind].lifetime;
  if (rule.by === "fixed" && rule.followsOption) {
    await writes.credentials.reschedule(kind, policy[rule.option]);
  }
  if (rule.by === "idle" && rule.followsOption) {
    await writes.credentials.setIdle(kind, policy[rule.option]);
  }
}

/** Removes every sealed copy; returns how many there were. */
async function eraseSealed(writes: Writes): Promise<number> {
  let erased = 0;
  for (const kind of KIND_NAMES.filter((name) => KINDS[name].sealable)) {
    erased += await writes.credentials.eraseSealed(kind);
  }
  return erased;
}

function describePolicy(policy: Policy): string {
  const { offlineIdleMs, apiKeyExpirationMs, appTokenExpirationMs, appTokenReveal } = policy;
  return JSON.stringify({ offlineIdleMs, apiKeyExpirationMs, appTokenExpirationMs, appTokenReveal });
}
