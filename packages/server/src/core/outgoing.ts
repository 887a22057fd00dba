import type { AuditSink } from "./audit-stream/ports.ts";
import type { Mailer } from "./mail/mail.ts";
import type { WebhookSender } from "./webhook/ports.ts";

/** The ways by which the hub tells others what happens. */
export interface Outgoing {
  readonly webhooks: WebhookSender;
  /** Null if the operator named no mail server. */
  readonly mail: Mailer | null;
  /** Null if the operator wants no copy of the audit log. */
  readonly auditStream: AuditSink | null;
}
