import type { WarningCause } from "../warning/warning.ts";
import type { Mailbox, Notice } from "./mail.ts";

export interface MailReads {
  /**
   * People with notices for whom a mail may go out now: no attempt is put off, and either none went out today
   * or one of the deadlines comes before the next day. At most `limit`.
   */
  peopleWithMail(moment: {
    readonly now: number;
    readonly today: number;
    readonly nextDayAt: number;
    readonly limit: number;
  }): Promise<readonly string[]>;
  /** The notices of a person, oldest first. */
  noticesOf(accountId: string, limit: number): Promise<readonly Notice[]>;
  mailbox(accountId: string): Promise<Mailbox | null>;
  /** The causes of warnings that the person wants no mail about. */
  mutedCauses(accountId: string): Promise<readonly WarningCause[]>;
}

export interface MailWrites extends MailReads {
  addNotice(notice: Notice): Promise<void>;
  removeNotices(ids: readonly string[]): Promise<void>;
  saveMailbox(mailbox: Mailbox): Promise<void>;
  /** Replaces the causes that the person wants no mail about. */
  mute(accountId: string, causes: readonly WarningCause[]): Promise<void>;
}
