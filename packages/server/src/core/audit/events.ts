import { createHash } from "node:crypto";

/** Who did it, from where. */
export interface Actor {
  /** The account or client id; null for the hub itself and for callers that proved nothing. */
  readonly id: string | null;
  /** The label at the time: user name, `client:<id>`, `system`, `anonymous`. */
  readonly name: string;
  readonly address: string | null;
  readonly agent: string | null;
}

export const SYSTEM: Actor = { id: null, name: "system", address: null, agent: null };

export type AuditAction =
  | "credential.issue"
  | "credential.replace"
  | "credential.revoke"
  | "credential.expire"
  | "credential.refuse"
  | "credential.rotate"
  | "credential.freeze"
  | "credential.thaw"
  | "credential.reuse"
  | "credential.expiring"
  | "credential.idle"
  | "credential.touch"
  | "credential.outside"
  | "rotation.overdue"
  | "credential.reveal"
  | "credential.lookup"
  | "credential.edit"
  | "account.create"
  | "account.update"
  | "account.disable"
  | "account.enable"
  | "account.delete"
  | "account.reset_password"
  | "account.change_password"
  | "grant.update"
  | "credential.move"
  | "account.link_refused"
  | "account.suspend"
  | "account.resume"
  | "service.create"
  | "service.update"
  | "service.delete"
  | "service.orphaned"
  | "team.create"
  | "team.update"
  | "team.delete"
  | "team.join"
  | "team.leave"
  | "session.create"
  | "session.refuse"
  | "session.end"
  | "instance.create"
  | "instance.delete"
  | "client.create"
  | "client.delete"
  | "consent.give"
  | "consent.refuse"
  | "key.rotate"
  | "key.retire"
  | "audit.seal"
  | "policy.apply"
  | "webhook.create"
  | "webhook.update"
  | "webhook.delete"
  | "webhook.rotate_secret"
  | "mail.refuse"
  | "notification.update"
  | "restore.apply"
  | "restore.decide"
  | "collection.publish"
  | "collection.refuse"
  | "collection.delete"
  | "namespace.create"
  | "namespace.update"
  | "namespace.delete";

/**
 * An entry to record; the log adds sequence, time and hashes. `details` holds plain values and never a
 * secret.
 */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly actor: Actor;
  /** The account concerned, by id and by its label at the time. */
  readonly owner: { readonly id: string; readonly username: string } | null;
  readonly credentialId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditEvent {
  readonly seq: number;
  readonly at: number;
  readonly action: string;
  readonly actorId: string | null;
  readonly actor: string;
  readonly ownerId: string | null;
  readonly owner: string | null;
  readonly credentialId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string | null;
  readonly agent: string | null;
  readonly hash: string;
  readonly previousHash: string;
}

/** The hash before the first event.*/
export const GENESIS_HASH = "0".repeat(64);

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The keyed hash of a text, 64 hexadecimal digits. Only the holder of the master key can compute it. */
export type AuditMac = (text: string) => string;

/**
 * The next event of the chain: its hash covers every field and the hash before it. Without a key,
 * anybody who can write to the database can compute it as well.
 */
export function chainEvent(
  head: ChainHead,
  entry: AuditEntry,
  at: number,
  mac: AuditMac | null = null,
): AuditEvent {
  const event = {
    seq: head.seq + 1,
    at,
    action: entry.action,
    actorId: entry.actor.id,
    actor: entry.actor.name,
    ownerId: entry.owner?.id ?? null,
    owner: entry.owner?.username ?? null,
    credentialId: entry.credentialId,
    details: entry.details,
    address: entry.actor.address,
    agent: entry.actor.agent,
    previousHash: head.hash,
  };
  return { ...event, hash: hashOf(event, mac) };
}

/** True if the event claims to be the one after `head`; whether its own hash is right is another question. */
export function follows(head: ChainHead, event: AuditEvent): boolean {
  return event.seq === head.seq + 1 && event.previousHash === head.hash;
}

/** Which hash the event bears: the keyed one, the one without a key, or neither. */
export function hashKindOf(event: AuditEvent, mac: AuditMac): "keyed" | "plain" | null {
  if (event.hash === hashOf(event, mac)) {
    return "keyed";
  }
  return event.hash === hashOf(event, null) ? "plain" : null;
}

function hashOf(event: Omit<AuditEvent, "hash">, mac: AuditMac | null): string {
  const fields = [
    event.seq,
    event.at,
    event.action,
    event.actorId,
    event.actor,
    event.ownerId,
    event.owner,
    event.credentialId,
    canonical(event.details),
    event.address,
    event.agent,
    event.previousHash,
  ];
  const text = JSON.stringify(fields);
  return mac ? mac(text) : createHash("sha256").update(text).digest("hex");
}

/**
 * The same text for the same value on any database: keys are sorted, since `jsonb` does not keep their order.
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
