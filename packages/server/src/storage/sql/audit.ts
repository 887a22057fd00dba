import type { Kysely } from "kysely";
import {
  type AuditEntry,
  type AuditEvent,
  type AuditMac,
  type ChainHead,
  chainEvent,
} from "../../core/audit/events.ts";
import type { AuditFilter, AuditReads, AuditWrites } from "../../core/audit/ports.ts";
import { HubError } from "../../core/errors.ts";
import type { Clock } from "../../core/world.ts";
import { auditConditions } from "./audit-filters.ts";
import { toBuffer } from "./credential-rows.ts";
import type { SqlFlavour } from "./flavour.ts";
import { inRows } from "./many-rows.ts";
import type { AuditEventsTable, Database } from "./schema.ts";

/** The id of the only key. */
const AUDIT_KEY = "1";

export class SqlAuditReads implements AuditReads {
  protected readonly db: Kysely<Database>;
  protected readonly flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.db = db;
    this.flavour = flavour;
  }

  async list(filter: AuditFilter): Promise<readonly AuditEvent[]> {
    const rows = await this.db
      .selectFrom("audit_events")
      .selectAll()
      .where((row) => auditConditions(row, filter, this.flavour))
      .orderBy("seq", "desc")
      .limit(filter.limit)
      .execute();
    return rows.map(readEvent);
  }

  async count(filter: AuditFilter): Promise<number> {
    const row = await this.db
      .selectFrom(this.#sequences(filter).limit(filter.limit).as("counted"))
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async depth(filter: AuditFilter): Promise<number | null> {
    const query = this.#sequences(filter).orderBy("seq", "desc");
    const row = await query.limit(1).offset(filter.limit).executeTakeFirst();
    return row === undefined ? null : row.seq + 1;
  }

  #sequences(filter: AuditFilter) {
    return this.db
      .selectFrom("audit_events")
      .select("seq")
      .where((row) => auditConditions(row, filter, this.flavour));
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

  async sealedKey(): Promise<Buffer | null> {
    const row = await this.db
      .selectFrom("audit_keys")
      .select("sealed_key")
      .where("id", "=", AUDIT_KEY)
      .executeTakeFirst();
    return row ? toBuffer(row.sealed_key) : null;
  }

  async head(): Promise<ChainHead> {
    const query = this.db.selectFrom("audit_head").select(["seq", "hash"]);
    return query.where("id", "=", 1).executeTakeFirstOrThrow();
  }
}

/** How far a batch has come. */
interface TailPlace {
  readonly head: ChainHead;
  readonly events: number;
  readonly stored: number;
}

/**
 * The end of the chain while a batch is written: read once, moved with each event, put back when a job fails,
 * stored at the end.
 */
export class AuditTail {
  #head: ChainHead | null = null;
  #moved = false;
  readonly #events: AuditEvent[] = [];
  /** How many of the events are rows already. */
  #stored = 0;

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

  /** Where the batch stands, to come back to. */
  get place(): TailPlace {
    return { head: this.head, events: this.#events.length, stored: this.#stored };
  }

  /** Back to an earlier place, for a job whose rows the database has undone. */
  moveTo({ head, events, stored }: TailPlace): void {
    this.#events.length = events;
    this.#stored = stored;
    this.#head = head;
    this.#moved = true;
  }

  /** Stores the events that are not rows yet, many in one statement. */
  async storeEvents(db: Kysely<Database>, flavour: SqlFlavour): Promise<void> {
    const fresh = this.#events.slice(this.#stored);
    this.#stored = this.#events.length;
    await inRows(db, flavour, fresh, {
      types: EVENT_TYPES,
      values: (event) => Object.values(writeEvent(event)),
      statement: (rows) => `insert into audit_events (${EVENT_COLUMNS}) values ${rows}`,
    });
  }

  /** Stores what is left of the batch: its events and the end of the chain. */
  async store(db: Kysely<Database>, flavour: SqlFlavour): Promise<void> {
    await this.storeEvents(db, flavour);
    if (this.#moved) {
      await db
        .updateTable("audit_head")
        .set({ seq: this.head.seq, hash: this.head.hash })
        .where("id", "=", 1)
        .execute();
    }
  }
}

/**
 * Appends to the chain. Events wait in the tail and become rows together, when the batch ends or somebody
 * reads the log inside it: a row each would be a round trip each, under the lock that every node waits for.
 */
export class SqlAuditWrites extends SqlAuditReads implements AuditWrites {
  readonly #tail: AuditTail;
  readonly #clock: Clock;
  readonly #mac: AuditMac | null;

  constructor(
    db: Kysely<Database>,
    flavour: SqlFlavour,
    tail: AuditTail,
    options: { readonly clock: Clock; readonly mac: AuditMac | null },
  ) {
    super(db, flavour);
    this.#tail = tail;
    this.#clock = options.clock;
    this.#mac = options.mac;
  }

  async insertSealedKey(sealed: Buffer): Promise<void> {
    await this.db.insertInto("audit_keys").values({ id: AUDIT_KEY, sealed_key: sealed }).execute();
  }

  async append(entry: AuditEntry): Promise<AuditEvent> {
    const event = chainEvent(this.#tail.head, entry, this.#clock.now(), this.#mac);
    // No database stores it; found later, it would fail the jobs that share the commit too.
    if ([event.actor, event.owner, event.agent, event.address].some((text) => text?.includes("\0"))) {
      throw new HubError("malformed_request", { detail: "text with a NUL" });
    }
    this.#tail.add(event);
    return event;
  }

  override async list(filter: AuditFilter): Promise<readonly AuditEvent[]> {
    await this.#tail.storeEvents(this.db, this.flavour);
    return super.list(filter);
  }

  override async after(seq: number, limit: number): Promise<readonly AuditEvent[]> {
    await this.#tail.storeEvents(this.db, this.flavour);
    return super.after(seq, limit);
  }
}

/** The columns in the order of `writeEvent`, and their types. */
const EVENT_COLUMNS = `seq, at, action, actor_id, actor, owner_id, owner, credential_id, details, address, agent, hash, previous_hash`;
const EVENT_TYPES = ["bigint", "bigint", ...Array.from({ length: 11 }, () => "text")];

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
