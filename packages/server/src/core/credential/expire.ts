import { SYSTEM } from "../audit/events.ts";
import type { HubContext, Policy } from "../context.ts";
import type { Job, Piece } from "../jobs/job.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential, CredentialEnd } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { KIND_NAMES, KINDS, type Kind } from "./kinds.ts";
import { presentEnd } from "./present-end.ts";

const BATCH = 200;

/**
 * Stores the end of every credential whose deadline has passed, with an audit event each. Verification does
 * not need it (it reads the clock); a stored end is final, so that neither a longer option nor a clock set
 * back revives anything. Returns how many ended.
 * @internal exported for tests
 */
export async function expireLapsed(context: HubContext): Promise<number> {
  await context.usage.flush();
  let total = 0;
  for (;;) {
    const { done, next } = await expirePiece(context);
    total += done;
    if (next === null) {
      return total;
    }
  }
}

/** Like `expireLapsed`, one transaction per batch. */
export function expiryJob(context: HubContext): Job {
  return {
    name: "expire-credentials",
    everyMs: 60_000,
    run: async () => {
      await context.usage.flush();
      return expirePiece(context);
    },
  };
}

async function expirePiece(context: HubContext): Promise<Piece> {
  const done = await context.store.write((writes) => expireBatch(context, writes), "large");
  return { done, next: done < BATCH ? null : "more" };
}

async function expireBatch(context: HubContext, writes: Writes): Promise<number> {
  const now = context.clock.now();
  const lapsed = await writes.credentials.findLapsed(now, BATCH);
  let ended = 0;
  for (const credential of lapsed) {
    const end = await presentEnd(context, writes.credentials, credential);
    if (end && (await endOne(writes, credential.id, end))) {
      ended += 1;
      await auditEndByClock(writes, credential, end);
    }
  }
  return ended;
}

/** An end that the clock has brought, whether by a date, by idleness or by a rotation. */
export function auditEndByClock(
  writes: Writes,
  credential: Credential,
  { reason, at, note }: CredentialEnd,
): Promise<void> {
  return auditChange(writes, credential, {
    action: reason === "rotated" ? "credential.revoke" : "credential.expire",
    actor: SYSTEM,
    details: { reason, endedAt: at, ...(note === null ? {} : { note }) },
  });
}

/**
 * Applies changed options to existing credentials, if their kind follows the option. Credentials that lapsed
 * under the old options are ended first, for good: a longer option revives none. Runs at start, before the
 * first request.
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

/** Removes every sealed copy; returns how many. */
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
