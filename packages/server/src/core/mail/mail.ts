import type { WarningCause } from "../warning/warning.ts";

/** The pending mail to one person about one credential. */
export interface Notice {
  readonly id: string;
  readonly accountId: string;
  readonly credentialId: string;
  readonly cause: WarningCause;
  readonly deadline: number;
  readonly threshold: string;
  readonly createdAt: number;
}

/** How far a person's mail has come. */
export interface Mailbox {
  readonly accountId: string;
  /** The last day (since the epoch, UTC) on which the mail server took a mail for this person. */
  readonly mailedDay: number | null;
  /** Attempts that failed since the last success. */
  readonly attempt: number;
  readonly dueAt: number;
  /**
   * The notices of the mail that was last handed to the mail server, until its fate is known. A repeat has
   * the same ones, so that the same Message-ID never stands on two different mails.
   */
  readonly sending: readonly string[] | null;
}

/** A credential as a warning mail shows it. */
export interface WarnedCredential {
  readonly kind: string;
  readonly title: string | null;
  readonly hint: string;
  /** The owner's user name. */
  readonly owner: string;
  readonly cause: WarningCause;
  readonly deadline: number;
  readonly lastUse: { readonly at: number; readonly address: string | null } | null;
  /** The console's page of it. */
  readonly link: string;
}

export type MailContent =
  | {
      readonly template: "warnings";
      readonly now: number;
      readonly recipient: string;
      readonly items: readonly WarnedCredential[];
    }
  | { readonly template: "test"; readonly recipient: string; readonly link: string };

export interface Mail {
  readonly to: string;
  /** Equal for every attempt, so that a mail server or reader recognises a repeat. */
  readonly id: string;
  readonly content: MailContent;
}

/** `line` is what the mail server said, or what went wrong without it. */
export interface MailResult {
  /** `later`: a temporary refusal, or no answer. `refused`: for good. */
  readonly outcome: "accepted" | "later" | "refused";
  readonly line: string;
  /** True if the mail server refused the hub itself, for instance its password: no mail can go out. */
  readonly isMisconfigured?: boolean;
}

/** Hands mails to the operator's mail server. */
export interface Mailer {
  /** One attempt. Never rejects: what went wrong is in the result. */
  send(mail: Mail): Promise<MailResult>;
}
