import { createHash } from "node:crypto";
import type { Account } from "../account/account.ts";
import { SYSTEM } from "../audit/events.ts";
import { ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { KINDS } from "../credential/kinds.ts";
import { presentEnd } from "../credential/present-end.ts";
import { idleDeadline, isExpiry } from "../credential/state.ts";
import { canBeMailed } from "../events/recipients.ts";
import type { Job } from "../jobs/job.ts";
import type { MetricStream } from "../metric-stream.ts";
import type { Mailbox, MailResult, Notice, WarnedCredential } from "./mail.ts";
import { mailProblem, noteProblem } from "./mail-problem.ts";

const DAY_MS = 86_400_000;
/** People that one piece writes to. */
const BATCH = 20;
/** Credentials that one mail names. The rest goes into the next. */
const NOTICES_MAX = 200;
const LINE_MAX = 200;

/**
 * Sends each person's warnings as one mail a day (UTC). A mail counts as sent only when the mail server has
 * accepted it. A hub that is killed between that answer and its record sends the same mail again, under the
 * same Message-ID: SMTP has no way to ask whether a mail was taken.
 *
 * A mail server that refuses the hub's own password refuses all mails. They are kept, and no further one is
 * tried until a test mail goes through or the process starts again, perhaps with another configuration.
 */
export function mailJob(context: HubContext, sent: MetricStream<MailResult>): Job {
  const { store, clock, outgoing } = context;
  const due = (limit: number) => {
    const now = clock.now();
    const today = Math.floor(now / DAY_MS);
    return store.read.mail.peopleWithMail({ now, today, nextDayAt: (today + 1) * DAY_MS, limit });
  };
  /** True once the mail server has refused this process with its present configuration. */
  let isRefused = false;
  const isBlocked = async () => isRefused && (await mailProblem(store.read)) !== null;
  return {
    name: "send-mails",
    everyMs: 1_000,
    hasWork: async () => outgoing.mail !== null && (await due(1)).length > 0 && !(await isBlocked()),
    run: async (_from, signal) => {
      const people = (await isBlocked()) ? [] : await due(BATCH);
      let done = 0;
      for (const accountId of people) {
        if (signal.aborted) {
          break;
        }
        const result = await mailPerson(context, accountId);
        if (result) {
          sent.publish(result);
          done += 1;
        }
        if (result?.isMisconfigured) {
          isRefused = true;
          return { done, next: null };
        }
      }
      return { done, next: people.length === BATCH && !signal.aborted ? "more" : null };
    },
  };
}

/** One attempt at one person's mail, with its outcome stored; null when there was nothing to say. */
async function mailPerson(context: HubContext, accountId: string): Promise<MailResult | null> {
  const { store, clock, outgoing } = context;
  const box = (await store.read.mail.mailbox(accountId)) ?? emptyMailbox(accountId, clock.now());
  const waiting = await store.read.mail.noticesOf(accountId, NOTICES_MAX);
  // What was handed over before, and perhaps taken, goes out again as it was; newer notices wait.
  const again = waiting.filter(({ id }) => box.sending?.includes(id));
  const notices = again.length > 0 ? again : waiting;
  const recipient = await store.read.accounts.findById(accountId);
  const items: WarnedCredential[] = [];
  for (const notice of notices) {
    const item = await warnedCredential(context, notice);
    if (item) {
      items.push(item);
    }
  }
  const ids = notices.map(({ id }) => id);
  if (!recipient || !canBeMailed(recipient) || items.length === 0 || outgoing.mail === null) {
    await store.write(async (writes) => {
      await writes.mail.removeNotices(ids);
      await writes.mail.saveMailbox({ ...box, sending: null });
    });
    return null;
  }
  await store.write((writes) => writes.mail.saveMailbox({ ...box, sending: ids }));
  const result = await outgoing.mail.send({
    to: recipient.email,
    id: createHash("sha256").update(ids.join(" ")).digest("hex").slice(0, 32),
    content: { template: "warnings", now: clock.now(), recipient: recipient.username, items },
  });
  await storeOutcome(context, recipient, ids, result);
  return result;
}

function emptyMailbox(accountId: string, now: number): Mailbox {
  return { accountId, mailedDay: null, attempt: 0, dueAt: now, sending: null };
}

async function storeOutcome(
  { store, clock, policy }: HubContext,
  recipient: Account,
  ids: readonly string[],
  { outcome, line, isMisconfigured = false }: MailResult,
): Promise<void> {
  const now = clock.now();
  const accountId = recipient.id;
  await store.write(async (writes) => {
    const box = await writes.mail.mailbox(accountId);
    if (outcome === "later") {
      const retries = policy.deliveryRetriesMs;
      const attempt = (box?.attempt ?? 0) + 1;
      const delayMs = retries[Math.min(attempt, retries.length) - 1] ?? DAY_MS;
      await writes.mail.saveMailbox({
        accountId,
        mailedDay: box?.mailedDay ?? null,
        attempt,
        dueAt: now + delayMs,
        sending: ids,
      });
      return;
    }
    if (!isMisconfigured) {
      await writes.mail.removeNotices(ids);
    }
    const mailedDay = outcome === "accepted" ? Math.floor(now / DAY_MS) : (box?.mailedDay ?? null);
    await writes.mail.saveMailbox({ accountId, mailedDay, attempt: 0, dueAt: now, sending: null });
    await noteProblem(writes, isMisconfigured ? line : null);
    if (outcome === "refused") {
      await writes.audit.append({
        action: "mail.refuse",
        actor: SYSTEM,
        owner: ownerOf(recipient),
        credentialId: null,
        details: { line: line.slice(0, LINE_MAX), warnings: ids.length, misconfigured: isMisconfigured },
      });
    }
  });
}

/**
 * The credential as the mail shows it. Null if the warning is out of date: the credential was revoked, or a
 * use or an edit has moved the deadline. One that has expired meanwhile is still reported.
 */
async function warnedCredential(context: HubContext, notice: Notice): Promise<WarnedCredential | null> {
  const { read } = context.store;
  const credential = await read.credentials.findById(notice.credentialId);
  if (!credential) {
    return null;
  }
  const end = await presentEnd(context, read.credentials, credential);
  const use = context.usage.pendingUse(credential.id) ?? credential.lastUse;
  const deadline =
    notice.cause === "expiring" ? credential.expiresAt : idleDeadline(credential, use?.at ?? null);
  if ((end && !isExpiry(end)) || deadline !== notice.deadline) {
    return null;
  }
  const owner = await read.accounts.findById(credential.ownerId);
  return {
    kind: KINDS[credential.kind].name,
    title: credential.title,
    hint: credential.hint,
    owner: owner?.username ?? "",
    cause: notice.cause,
    deadline: notice.deadline,
    lastUse: use && { at: use.at, address: use.address },
    link: `${context.policy.publicUrl}/overview/${credential.id}`,
  };
}
