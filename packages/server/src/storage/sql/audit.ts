import type { Kysely } from "kysely";
import { type AuditEntry, type AuditEvent, type ChainHead, chainEvent } from "../../core/audit/events.ts";
import type { AuditFilter, AuditReads, AuditWrites } from "../../core/audit/ports.ts";
import type { Clock } from "../../core/world.ts";
import { HotQuery } from "./hot-query.ts";
import type { AuditEventsTable, Database } from "./schema.ts";

const insertEvent = new HotQuery<unknown>((db) => db.insertInto("audit_events").values(NO_EVENT));

const FILTERS = [
  ["actor", "actor"],
  ["action", "action"],
  ["owner_id", "ownerId"],
  ["credential_id", "credentialId"],
] as const;

export class SqlAuditReads implements AuditReads {
  protected readonly db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.db = db;
  }

  async list(filter: AuditFilter): Promise<readonly AuditEvent[]> {
    let query = this.db.selectFrom("audit_events").selectAll().orderBy("seq", "desc").limit(filter.limit);
    if (filter.before !== undefined) {
      query = query.where("seq", "<", filter.before);
    }
    for (const [column, name] of FILTERS) {
      const value = filter[name];
      query = value === undefined ? query : query.where(column, "=", value);
    }
    return (await query.execute()).map(readEvent);
  }

  async after(seq: number, limit: number): Promise<readonly AuditEvent[]> {
    const rows = await this.db
      .selectFrom("audit_events")
      .selectAll()
      .where("seq", ">", seq)
      .orderBy("seq")
      .limit(limit)
      .execute();
    return rows.map(readEvent);
  }

  async head(): Promise<ChainHead> {
    const query = this.db.selectFrom("audit_head").select(["seq", "hash"]);
    return query.where("id", "=", 1).executeTakeFirstOrThrow();
  }
}

/**
 * The end of the chain while a batch is written: read once, moved with each event, put back when a job fails,
 * stored at the end.
 */
export class AuditTail {
  #head: ChainHead | null = null;
  #moved = false;
  readonly #events: AuditEvent[] = [];

  /**
   * Reads the head and, where other nodes write too, locks it until the transaction ends: the chain has one
   * writer at a time.
   */
  async open(db: Kysely<Database>, options: { readonly lock: boolean }): Promise<void> {
    const query = db.selectFrom("audit_head").select(["seq", "hash"]).where("id", "=", 1);
    this.#head = await (options.lock ? query.forUpdate() : query).executeTakeFirstOrThrow();
  }

  get head(): ChainHead {
    if (!this.#head) {
      throw new Error("the audit tail was not opened");
    }
    return this.#head;
  }

  /** The events of the batch so far. */
  get events(): readonly AuditEvent[] {
    return this.#events;
  }

  add(event: AuditEvent): void {
    this.#events.push(event);
    this.#head = event;
    this.#moved = true;
  }

  /** Back to an earlier head, with as many events as there were then. */
  moveTo(head: ChainHead, events: number): void {
    this.#events.length = events;
    this.#head = head;
    this.#moved = true;
  }

  async store(db: Kysely<Database>): Promise<void> {
    if (this.#moved) {
      await db
        .updateTable("audit_head")
        .set({ seq: this.head.seq, hash: this.head.hash })
        .where("id", "=", 1)
        .execute();
    }
  }
}

export class SqlAuditWrites extends SqlAuditReads implements AuditWrites {
  readonly #tail: AuditTail;
  readonly #clock: Clock;

  constructor(db: Kysely<Database>, tail: AuditTail, clock: Clock) {
    super(db);
    this.#tail = tail;
    this.#clock = clock;
  }

  async append(entry: AuditEntry): Promise<AuditEvent> {
    const event = chainEvent(this.#tail.head, entry, this.#clock.now());
    await insertEvent.change(this.db, Object.values(writeEvent(event)));
    this.#tail.add(event);
    return event;
  }
}

/** Its keys stand in the order of `writeEvent`. */
const NO_EVENT = writeEvent({
  seq: 0,
  at: 0,
  action: "",
  actorId: null,
  actor: "",
  ownerId: null,
  owner: null,
  credentialId: null,
  details: {},
  address: null,
  agent: null,
  hash: "",
  previousHash: "",
});

function readEvent(row: AuditEventsTable): AuditEvent {
  return {
    seq: row.seq,
    at: row.at,
    action: row.action,
    actorId: row.actor_id,
    actor: row.actor,
    ownerId: row.owner_id,
    owner: row.owner,
    credentialId: row.credential_id,
    details: JSON.parse(row.details) as Record<string, unknown>,
    address: row.address,
    agent: row.agent,
    hash: row.hash,
    previousHash: row.previous_hash,
  };
}

function writeEvent(event: AuditEvent): AuditEventsTable {
  return {
    seq: event.seq,
    at: event.at,
    action: event.action,
    actor_id: event.actorId,
    actor: event.actor,
    owner_id: event.ownerId,
    owner: event.owner,
    credential_id: event.credentialId,
    details: JSON.stringify(event.details),
    address: event.address,
    agent: event.agent,
    hash: event.hash,
    previous_hash: event.previousHash,
  };
}
