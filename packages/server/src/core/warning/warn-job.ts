import { SYSTEM } from "../audit/events.ts";
import type { HubContext } from "../context.ts";
import { auditChange } from "../credential/audit-change.ts";
import { lastUsedAt, presentEnd } from "../credential/present-end.ts";
import { recipientsOf } from "../events/recipients.ts";
import { newId } from "../ids.ts";
import type { Job, Piece } from "../jobs/job.ts";
import type { Writes } from "../store.ts";
import type { WarningCandidate, WarningPlace } from "./ports.ts";
import { type WarningCause, warningDue } from "./warning.ts";

/** Credentials that one piece looks at. */
const PAGE = 200;
/** Credentials that one transaction warns of: other writes wait for it. */
const WARNED_MAX = 50;

/**
 * Warns before credentials end: one audit event (and so one webhook event) for each credential, deadline and
 * threshold. The warning is stored in the transaction of its event, so that neither restarts nor several
 * nodes repeat it. Processes fixed ends first, then idle expiry.
 */
export function warnJob(context: HubContext): Job {
  return {
    name: "warn-of-ends",
    everyMs: 60_000,
    run: async (from) => {
      const place = readPlace(from);
      if (place.cause === "idle") {
        // Uses that are still in memory move idle ends.
        await context.usage.flush();
      }
      return look(context, place.cause, await pageOf(context, place));
    },
  };
}

function pageOf({ store, clock, policy }: HubContext, { cause, after }: Place) {
  const { warnings } = store.read;
  const page = { now: clock.now(), after, limit: PAGE };
  return cause === "expiring"
    ? warnings.expiring({ ...page, beforeMs: policy.warnBefore.map(({ ms }) => ms) })
    : warnings.endingByDisuse({ ...page, shares: policy.warnIdle.map(({ share }) => share) });
}

async function look(
  context: HubContext,
  cause: WarningCause,
  page: readonly WarningCandidate[],
): Promise<Piece> {
  const due = page.filter(({ credential, given }) =>
    warningDue(cause, credential, {
      usedAt: lastUsedAt(context, credential),
      given,
      now: context.clock.now(),
      policy: context.policy,
    }),
  );
  let done = 0;
  for (let from = 0; from < due.length; from += WARNED_MAX) {
    const part = due.slice(from, from + WARNED_MAX);
    done += await context.store.write((writes) => warnAll(context, writes, cause, part), "large");
  }
  const last = page[page.length - 1];
  if (page.length === PAGE && last) {
    return { done, next: writePlace(cause, last.place) };
  }
  return { done, next: cause === "expiring" ? writePlace("idle", null) : null };
}

async function warnAll(
  context: HubContext,
  writes: Writes,
  cause: WarningCause,
  due: readonly WarningCandidate[],
): Promise<number> {
  let warned = 0;
  for (const { credential } of due) {
    warned += await warn(context, writes, cause, credential.id);
  }
  return warned;
}

/**
 * Asks again inside the transaction: the credential may have been used, ended or warned of since. 1 if it was
 * warned of now.
 */
async function warn(
  context: HubContext,
  writes: Writes,
  cause: WarningCause,
  credentialId: string,
): Promise<number> {
  const credential = await writes.credentials.findById(credentialId);
  const given = await writes.warnings.given(credentialId, cause);
  const { clock, policy } = context;
  const now = clock.now();
  const due =
    credential &&
    warningDue(cause, credential, { usedAt: lastUsedAt(context, credential), given, now, policy });
  if (!due || (await presentEnd(context, writes.credentials, credential))) {
    return 0;
  }
  await writes.warnings.remember(credentialId, cause, due);
  await auditChange(writes, credential, {
    action: cause === "expiring" ? "credential.expiring" : "credential.idle",
    actor: SYSTEM,
    details: { deadline: new Date(due.deadline).toISOString(), threshold: due.threshold },
  });
  if (context.outgoing.mail) {
    for (const recipient of await recipientsOf(writes, credential.ownerId)) {
      if ((await writes.mail.mutedCauses(recipient.id)).includes(cause)) {
        continue;
      }
      await writes.mail.addNotice({
        id: newId(clock, context.entropy),
        accountId: recipient.id,
        credentialId,
        cause,
        deadline: due.deadline,
        threshold: due.threshold,
        createdAt: now,
      });
    }
  }
  return 1;
}

interface Place {
  readonly cause: WarningCause;
  readonly after: WarningPlace | null;
}

/** `expiring`, `expiring:<end>:<id>`, `idle`, `idle:<end>:<id>`. */
function writePlace(cause: WarningCause, place: WarningPlace | null): string {
  return place === null ? cause : `${cause}:${place.key}:${place.id}`;
}

function readPlace(text: string | null): Place {
  const [cause, key, id] = (text ?? "expiring").split(":");
  return {
    cause: cause === "idle" ? "idle" : "expiring",
    after: id === undefined ? null : { key: Number(key), id },
  };
}
