import { type Kysely, sql } from "kysely";
import {
  type AuditEntry,
  type AuditEvent,
  type AuditMac,
  type ChainHead,
  chainEvent,
} from "../../core/audit/events.ts";
import type { AuditFilter, AuditReads, AuditWrites, EventPage } from "../../core/audit/ports.ts";
import { HubError, invariant } from "../../core/errors.ts";
import { nextTurn } from "../../core/turn.ts";
import type { Clock } from "../../core/world.ts";
import { auditConditions } from "./audit-filters.ts";
import { namedQuery, setOf } from "./batch/row-sets.ts";
import type { SentStatements } from "./batch/sent-statements.ts";
import { toBuffer } from "./credential-rows.ts";
import type { SqlFlavour } from "./flavour.ts";
import { inRows } from "./many-rows.ts";
import type { AuditEventsTable, Database } from "./schema.ts";

/** The columns in the order of `writeEvent`, and their types. */
const EVENT_COLUMNS = {
  seq: "bigint",
  at: "bigint",
  action: "text",
  actor_id: "text",
  actor: "text",
  owner_id: "text",
  owner: "text",
  credential_id: "text",
  details: "text",
  address: "text",
  agent: "text",
  hash: "text",
  previous_hash: "text",
} as const satisfies Record<keyof AuditEventsTable, "text" | "bigint">;
const EVENT_NAMES = Object.keys(EVENT_COLUMNS).join(", ");
/** Events of one statement where it takes any number. */
const EVENTS_AT_ONCE = 1_000;

const INSERT_EVENTS = setOf("audit-insert", {
  columns: EVENT_COLUMNS,
  statement: (rows) => `insert into audit_events (${EVENT_NAMES}) ${rows}`,
});

const OCTETS = sql<number>`octet_length(details)`.as("octets");
/** How much of details one answer reads: a change of a thousand grants alone has half a megabyte of them. */
const OCTETS_MAX = 512 * 1024;

/** The first events whose details are not larger together; at least one. */
function fitting(found: readonly { readonly seq: number; readonly octets: number }[]): readonly number[] {
  let octets = 0;
  const end = found.findIndex((event, at) => {
    octets += Number(event.octets);
    return at > 0 && octets > OCTETS_MAX;
  });
  return found.slice(0, end < 0 ? found.length : end).map(({ seq }) => seq);
}

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
    return (await this.page(filter)).events;
  }

  async page(filter: AuditFilter): Promise<EventPage> {
    const found = await this.db
      .selectFrom("audit_events")
      .select(["seq", OCTETS])
      .where((row) => auditConditions(row, filter, this.flavour))
      .orderBy("seq", "desc")
      .limit(filter.limit)
      .execute();
    const seqs = fitting(found);
    return { events: await this.#events(seqs, "desc"), isCut: seqs.length < found.length };
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
    const found = await this.db
      .selectFrom("audit_events")
      .select(["seq", OCTETS])
      .where("seq", ">", seq)
      .orderBy("seq")
      .limit(limit)
      .execute();
    return this.#events(fitting(found), "asc");
  }

  async #events(seqs: readonly number[], direction: "asc" | "desc"): Promise<readonly AuditEvent[]> {
    if (seqs.length === 0) {
      return [];
    }
    const query = this.db.selectFrom("audit_events").selectAll().where("seq", "in", seqs);
    return (await query.orderBy("seq", direction).execute()).map(readEvent);
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

/** What the ends log must know of an event: what it changed. */
export type EventTrace = Pick<AuditEvent, "action" | "ownerId" | "credentialId" | "details">;

const NO_DETAILS = {};

/** A hundred thousand events share their texts but for the id. */
function traceOf({ action, ownerId, credentialId, details }: EventTrace): EventTrace {
  const isPlain = credentialId !== null && action === "credential.revoke";
  return { action, ownerId, credentialId, details: isPlain ? NO_DETAILS : details };
}

/** How far a batch has come. */
interface TailPlace {
  readonly head: ChainHead | null;
  readonly events: number;
  readonly stored: number;
}

/**
 * The end of the chain while a batch is written: read once, moved with each event, put back when a job fails,
 * stored at the end.
 */
export class AuditTail {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;
  #head: ChainHead | null = null;
  #moved = false;
  /** Those that are rows and cannot be undone alone are kept as traces. */
  readonly #events: (AuditEvent | EventTrace)[] = [];
  /** How many of the events are rows already. */
  #stored = 0;
  /** Events before this place belong to earlier jobs. */
  #jobFrom = 0;
  #canUndo = false;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  /**
   * Reads the head, once, and, where other nodes write too, locks it until the transaction ends: the chain
   * has one writer at a time.
   */
  async open(): Promise<ChainHead> {
    if (this.#head) {
      return this.#head;
    }
    const { rows } = await this.#db.executeQuery(this.#flavour.locksRows ? LOCK_HEAD([]) : READ_HEAD([]));
    const [head] = rows as ChainHead[];
    invariant(head, "the audit log has a head");
    this.#head ??= head;
    return this.#head;
  }

  get isOpen(): boolean {
    return this.#head !== null;
  }

  get head(): ChainHead {
    invariant(this.#head, "the audit tail was not opened");
    return this.#head;
  }

  /** The events of the batch so far. */
  get events(): readonly EventTrace[] {
    return this.#events;
  }

  add(event: AuditEvent): void {
    this.#events.push(event);
    this.#head = event;
    this.#moved = true;
  }

  /** The events from now on are those of another job. */
  beginJob(): TailPlace {
    this.#jobFrom = this.#events.length;
    this.#canUndo = false;
    return this.place;
  }

  /** From now on the job's rows are undone by the database. */
  noteSavepoint(): void {
    this.#canUndo = true;
  }

  /** Stores what a large job has appended so far, and keeps no more of it than its trace. */
  async thin(statements: SentStatements): Promise<void> {
    if (this.#canUndo && this.#events.length - this.#stored >= EVENTS_AT_ONCE) {
      await this.storeEvents(statements);
      for (let at = this.#jobFrom; at < this.#stored; at += 1) {
        this.#events[at] = traceOf(this.#events[at] as EventTrace);
      }
      this.#jobFrom = this.#stored;
    }
  }

  /** Where the batch stands, to come back to. */
  get place(): TailPlace {
    return { head: this.#head, events: this.#events.length, stored: this.#stored };
  }

  /** Back to an earlier place, for a job whose rows the database has undone. */
  moveTo({ head, events, stored }: TailPlace): void {
    this.#events.length = events;
    this.#stored = stored;
    // A head that was locked after that place is still the same.
    this.#head = head ?? this.#head;
    this.#moved = true;
  }

  /** Stores the events that are not rows yet, many in one statement. */
  async storeEvents(statements: SentStatements): Promise<void> {
    const fresh = this.#events.slice(this.#stored) as AuditEvent[];
    this.#stored = this.#events.length;
    if (!this.#flavour.takesArrays) {
      await inRows(this.#db, this.#flavour, fresh, {
        types: Object.values(EVENT_COLUMNS),
        values: (event) => Object.values(writeEvent(event)),
        statement: (rows) => `insert into audit_events (${EVENT_NAMES}) values ${rows}`,
      });
      return;
    }
    for (let from = 0; from < fresh.length; from += EVENTS_AT_ONCE) {
      const some = fresh.slice(from, from + EVENTS_AT_ONCE);
      await statements.send(INSERT_EVENTS(some.map((event) => Object.values(writeEvent(event)))));
      if (some.length === EVENTS_AT_ONCE) {
        await nextTurn();
      }
    }
  }

  /** Stores what is left of the batch: its events and the end of the chain. */
  async store(statements: SentStatements): Promise<void> {
    await this.storeEvents(statements);
    if (this.#moved && this.#head) {
      const { seq, hash } = this.#head;
      const write = this.#flavour.takesArrays ? MOVE_HEAD : MOVE_HEAD_OF_SQLITE;
      await statements.send(write([seq, hash]));
    }
  }
}

const READ_HEAD = namedQuery("audit-head", "select seq, hash from audit_head where id = 1");
const LOCK_HEAD = namedQuery("audit-lock", "select seq, hash from audit_head where id = 1 for update");
const MOVE_HEAD = namedQuery("audit-move", "update audit_head set seq = $1, hash = $2 where id = 1");
const MOVE_HEAD_OF_SQLITE = namedQuery("audit-move", "update audit_head set seq = ?, hash = ? where id = 1");

/**
 * Appends to the chain. Events wait in the tail and become rows together, when the batch ends or somebody
 * reads the log inside it: a row each would be a round trip each, under the lock that every node waits for.
 */
export class SqlAuditWrites extends SqlAuditReads implements AuditWrites {
  readonly #tail: AuditTail;
  readonly #statements: SentStatements;
  readonly #clock: Clock;
  readonly #mac: AuditMac | null;

  constructor(
    db: Kysely<Database>,
    flavour: SqlFlavour,
    tail: AuditTail,
    options: {
      readonly statements: SentStatements;
      readonly clock: Clock;
      readonly mac: AuditMac | null;
    },
  ) {
    super(db, flavour);
    this.#tail = tail;
    this.#statements = options.statements;
    this.#clock = options.clock;
    this.#mac = options.mac;
  }

  async insertSealedKey(sealed: Buffer): Promise<void> {
    await this.db.insertInto("audit_keys").values({ id: AUDIT_KEY, sealed_key: sealed }).execute();
  }

  async append(entry: AuditEntry): Promise<AuditEvent> {
    const head = this.#tail.isOpen ? this.#tail.head : await this.#tail.open();
    const event = chainEvent(head, entry, this.#clock.now(), this.#mac);
    // No database stores it; found later, it would fail the jobs that share the commit too.
    if ([event.actor, event.owner, event.agent, event.address].some((text) => text?.includes("\0"))) {
      throw new HubError("malformed_request", { detail: "text with a NUL" });
    }
    this.#tail.add(event);
    await this.#tail.thin(this.#statements);
    return event;
  }

  override async page(filter: AuditFilter): Promise<EventPage> {
    await this.#tail.storeEvents(this.#statements);
    return super.page(filter);
  }

  override async count(filter: AuditFilter): Promise<number> {
    await this.#tail.storeEvents(this.#statements);
    return super.count(filter);
  }

  override async depth(filter: AuditFilter): Promise<number | null> {
    await this.#tail.storeEvents(this.#statements);
    return super.depth(filter);
  }

  override async after(seq: number, limit: number): Promise<readonly AuditEvent[]> {
    await this.#tail.storeEvents(this.#statements);
    return super.after(seq, limit);
  }
}

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
