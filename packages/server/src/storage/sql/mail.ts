import { type Kysely, sql } from "kysely";
import type { Mailbox, Notice } from "../../core/mail/mail.ts";
import type { MailWrites } from "../../core/mail/ports.ts";
import type { WarningCause } from "../../core/warning/warning.ts";
import type { Database } from "./schema.ts";

export class SqlMail implements MailWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async peopleWithMail(moment: {
    readonly now: number;
    readonly today: number;
    readonly nextDayAt: number;
    readonly limit: number;
  }): Promise<readonly string[]> {
    const { now, today, nextDayAt, limit } = moment;
    const rows = await this.#db
      .selectFrom("notices")
      .leftJoin("mailboxes", "mailboxes.account_id", "notices.account_id")
      .select("notices.account_id")
      .where(({ eb, or }) => or([eb("mailboxes.due_at", "is", null), eb("mailboxes.due_at", "<=", now)]))
      .where(({ eb, or }) =>
        or([
          eb("mailboxes.mailed_day", "is", null),
          eb("mailboxes.mailed_day", "<>", today),
          eb("notices.deadline", "<", nextDayAt),
        ]),
      )
      .groupBy("notices.account_id")
      .orderBy(sql`min(notices.id)`)
      .limit(limit)
      .execute();
    return rows.map(({ account_id }) => account_id);
  }

  async noticesOf(accountId: string, limit: number): Promise<readonly Notice[]> {
    const rows = await this.#db
      .selectFrom("notices")
      .selectAll()
      .where("account_id", "=", accountId)
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      accountId: row.account_id,
      credentialId: row.credential_id,
      cause: row.cause as WarningCause,
      deadline: row.deadline,
      threshold: row.threshold,
      createdAt: row.created_at,
    }));
  }

  async mailbox(accountId: string): Promise<Mailbox | null> {
    const row = await this.#db
      .selectFrom("mailboxes")
      .selectAll()
      .where("account_id", "=", accountId)
      .executeTakeFirst();
    return row
      ? {
          accountId,
          mailedDay: row.mailed_day,
          attempt: row.attempt,
          dueAt: row.due_at,
          sending: row.sending === null ? null : (JSON.parse(row.sending) as string[]),
        }
      : null;
  }

  async mutedCauses(accountId: string): Promise<readonly WarningCause[]> {
    const row = await this.#db
      .selectFrom("mailboxes")
      .select("muted")
      .where("account_id", "=", accountId)
      .executeTakeFirst();
    return row?.muted ? (JSON.parse(row.muted) as WarningCause[]) : [];
  }

  async mute(accountId: string, causes: readonly WarningCause[]): Promise<void> {
    const muted = causes.length === 0 ? null : JSON.stringify(causes);
    await this.#db
      .insertInto("mailboxes")
      .values({ account_id: accountId, mailed_day: null, attempt: 0, due_at: 0, muted })
      .onConflict((conflict) => conflict.column("account_id").doUpdateSet({ muted }))
      .execute();
  }

  async addNotice(notice: Notice): Promise<void> {
    await this.#db
      .insertInto("notices")
      .values({
        id: notice.id,
        account_id: notice.accountId,
        credential_id: notice.credentialId,
        cause: notice.cause,
        deadline: notice.deadline,
        threshold: notice.threshold,
        created_at: notice.createdAt,
      })
      .execute();
  }

  async removeNotices(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) {
      await this.#db.deleteFrom("notices").where("id", "in", ids).execute();
    }
  }

  async saveMailbox({ accountId, mailedDay, attempt, dueAt, sending }: Mailbox): Promise<void> {
    const state = {
      mailed_day: mailedDay,
      attempt,
      due_at: dueAt,
      sending: sending && JSON.stringify(sending),
    };
    await this.#db
      .insertInto("mailboxes")
      .values({ account_id: accountId, ...state })
      .onConflict((conflict) => conflict.column("account_id").doUpdateSet(state))
      .execute();
  }
}
