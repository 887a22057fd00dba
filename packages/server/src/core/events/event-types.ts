import type { AuditAction, AuditEvent } from "../audit/events.ts";

/** Every event that webhooks can subscribe to. */
export const EVENT_TYPES = [
  "credential.issued",
  "credential.replaced",
  "credential.rotated",
  "credential.revoked",
  "credential.expired",
  "credential.frozen",
  "credential.thawed",
  "credential.expiring",
  "credential.idle",
  "credential.reused",
  "account.created",
  "account.disabled",
  "account.enabled",
  "account.deleted",
  "service.orphaned",
  "rotation.overdue",
  "webhook.test",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Which event an audit action tells. Actions that are not here are for the audit log alone. */
const TYPE_OF_ACTION: Readonly<Partial<Record<AuditAction, EventType>>> = {
  "credential.issue": "credential.issued",
  "credential.replace": "credential.replaced",
  "credential.rotate": "credential.rotated",
  "credential.revoke": "credential.revoked",
  "credential.expire": "credential.expired",
  "credential.freeze": "credential.frozen",
  "credential.thaw": "credential.thawed",
  "credential.expiring": "credential.expiring",
  "credential.idle": "credential.idle",
  "credential.reuse": "credential.reused",
  "account.create": "account.created",
  "account.disable": "account.disabled",
  "account.enable": "account.enabled",
  "account.delete": "account.deleted",
  // A service is an account.
  "service.create": "account.created",
  "service.delete": "account.deleted",
  "service.orphaned": "service.orphaned",
  "rotation.overdue": "rotation.overdue",
};

/** The event that an audit entry tells, or null. */
export function eventTypeOf(event: AuditEvent): EventType | null {
  // An owner who removes an expired credential from a list revokes nothing.
  return event.details.dismissed === true ? null : (TYPE_OF_ACTION[event.action as AuditAction] ?? null);
}
