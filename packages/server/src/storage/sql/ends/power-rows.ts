import { CompiledQuery, type Kysely } from "kysely";
import type { Change } from "../../../core/store.ts";
import { teamKey } from "../../../core/team/team.ts";
import { nextTurn } from "../../../core/turn.ts";
import type { EventTrace } from "../audit.ts";
import type { SqlFlavour } from "../flavour.ts";
import type { Database } from "../schema.ts";

/** Rows that decide what an account or a credential may do, found by a column. */
interface PowerRows {
  readonly table: string;
  readonly by: string;
  /**
   * The key has any number of rows, which are exchanged together; else it has one row, and is gone without
   * it.
   */
  readonly isSet?: true;
  /** Columns that a restore must not take from the log. */
  readonly without?: readonly string[];
}

/** The rows as they are after a change. Bytes are written as base64 (see `writeCell`). */
export interface PowerImage extends PowerRows {
  readonly key: string;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

export type Cell = string | number | null | { readonly base64: string };

/**
 * The rows that make up each subject's power: every table that `TABLE_DECISIONS` calls so, by each key that
 * its changes name.
 */
const POWER = {
  credential: [{ table: "credentials", by: "id" }],
  account: [
    { table: "accounts", by: "id" },
    { table: "grants", by: "holder", isSet: true },
    { table: "team_members", by: "account_id", isSet: true },
    { table: "external_links", by: "account_id", isSet: true },
    { table: "service_stewards", by: "account_id", isSet: true },
    { table: "service_stewards", by: "service_id", isSet: true },
  ],
  client: [{ table: "oauth_clients", by: "id" }],
  team: [{ table: "teams", by: "name_key" }],
  holder: [{ table: "grants", by: "holder", isSet: true }],
  instance: [{ table: "instances", by: "id" }],
  // The number of an audit event that the backup does not hold.
  webhook: [{ table: "webhooks", by: "id", without: ["told_seq"] }],
} as const satisfies Record<string, readonly PowerRows[]>;

type Subject = keyof typeof POWER;

const EVENTS_AT_ONCE = 1_000;

/** True if the image is of a table that this version logs; anything else in a log is not ours. */
export function isKnownPower(image: Pick<PowerImage, "table" | "by">): boolean {
  return Object.values(POWER)
    .flat()
    .some(({ table, by }) => table === image.table && by === image.by);
}

const EVERYONE = ["anonymous", "authenticated"];

/** Events that take nothing away from what existed before them. All others are looked at. */
const NO_LOSS: ReadonlySet<string> = new Set([
  "account.create",
  "client.create",
  "collection.publish",
  "collection.refuse",
  "consent.give",
  "consent.refuse",
  "credential.issue",
  "credential.lookup",
  "credential.refuse",
  "credential.reveal",
  "credential.touch",
  "instance.create",
  "policy.apply",
  "session.create",
  "session.end",
  "session.refuse",
  "webhook.create",
]);

/** True if a batch of writes may have changed what somebody may do. */
export function touchesPower(changes: readonly Change[], events: readonly EventTrace[]): boolean {
  const isTouched = (some: readonly Change[], others: readonly EventTrace[]) =>
    !new TouchedPower(some, others).isEmpty;
  return changes.some((change) => isTouched([change], [])) || events.some((event) => isTouched([], [event]));
}

/** The subjects whose power a batch of writes may have changed, each with the ids concerned. */
export class TouchedPower {
  readonly #ids = new Map<Subject, Set<string>>();

  /** As the constructor; a hundred thousand events are looked at without holding the loop. */
  static async of(changes: readonly Change[], events: readonly EventTrace[]): Promise<TouchedPower> {
    const touched = new TouchedPower(changes, []);
    for (const [at, event] of events.entries()) {
      touched.#addEvent(event);
      if (at % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) {
        await nextTurn();
      }
    }
    return touched;
  }

  /** Every change of power announces itself, and its audit events name what else it took along. */
  constructor(changes: readonly Change[], events: readonly EventTrace[]) {
    for (const change of changes) {
      this.#addChange(change);
    }
    for (const event of events) {
      this.#addEvent(event);
    }
  }

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  *[Symbol.iterator](): IterableIterator<readonly [PowerRows, readonly string[]]> {
    for (const [subject, ids] of this.#ids) {
      for (const rows of POWER[subject]) {
        yield [rows, [...ids]];
      }
    }
  }

  #addChange(change: Change): void {
    switch (change.of) {
      case "credential":
        this.#add("credential", change.id);
        return;
      case "account":
      case "owner":
        this.#add("account", change.accountId);
        return;
      case "grants":
        for (const set of EVERYONE) {
          this.#add("holder", set);
        }
        return;
      case "client":
        this.#add("client", change.clientId);
        return;
      case "keys":
      case "everything":
        // Signing keys are made anew by a restore; the policy is applied anew by each start.
        return;
    }
  }

  #addEvent({ action, credentialId, ownerId, details }: EventTrace): void {
    if (NO_LOSS.has(action)) {
      return;
    }
    if (credentialId !== null) {
      this.#add("credential", credentialId);
    } else if (ownerId !== null) {
      this.#add("account", ownerId);
    }
    const { clientId, team, instance, webhook } = details;
    if (typeof clientId === "string") {
      this.#add("client", clientId);
    }
    if (typeof team === "string") {
      this.#add("team", teamKey(team));
    }
    if (typeof instance === "string") {
      this.#add("instance", instance);
    }
    if (typeof webhook === "string") {
      this.#add("webhook", webhook);
    }
  }

  #add(subject: Subject, id: string): void {
    const known = this.#ids.get(subject) ?? new Set();
    known.add(id);
    this.#ids.set(subject, known);
  }
}

/** Rows of one statement: below every database's limit of parameters, and read in a few milliseconds. */
const IDS_MAX = 200;
/** Of an account with a thousand grants each. */
const SETS_MAX = 10;

/**
 * Reads the rows as they are now, in the transaction that changed them. A subject without rows has an image
 * too: they are gone.
 */
export async function* readImages(
  db: Kysely<Database>,
  flavour: SqlFlavour,
  touched: TouchedPower,
): AsyncGenerator<PowerImage> {
  const teams: string[] = [];
  for (const [place, ids] of touched) {
    for await (const image of readPlace(db, flavour, place, ids)) {
      teams.push(...(place.table === "teams" ? image.rows.map(({ id }) => String(id)) : []));
      yield image;
    }
  }
  // Events name a team by its name; its grants stand under its id.
  const [grants] = POWER.holder;
  yield* readPlace(db, flavour, grants, teams);
}

async function* readPlace(
  db: Kysely<Database>,
  flavour: SqlFlavour,
  place: PowerRows,
  ids: readonly string[],
): AsyncGenerator<PowerImage> {
  const { table, by, without = [] } = place;
  const size = place.isSet === true ? SETS_MAX : IDS_MAX;
  for (let from = 0; from < ids.length; from += size) {
    const chunk = ids.slice(from, from + size);
    const marks = chunk.map((_, at) => flavour.placeholder(at + 1, "text")).join(", ");
    const statement = `select * from ${table} where ${by} in (${marks})`;
    const { rows } = await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(statement, chunk));
    for (const key of chunk) {
      const own = rows.filter((row) => row[by] === key);
      yield { ...place, key, rows: own.map((row) => writeRow(row, without)) };
    }
  }
}

function writeRow(row: Readonly<Record<string, unknown>>, without: readonly string[]): Record<string, Cell> {
  const columns = Object.entries(row).filter(([column]) => !without.includes(column));
  return Object.fromEntries(columns.map(([column, value]) => [column, writeCell(value)]));
}

function writeCell(value: unknown): Cell {
  return value instanceof Uint8Array
    ? { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
    : (value as Cell);
}

export function readCell(cell: Cell): unknown {
  return cell !== null && typeof cell === "object" ? Buffer.from(cell.base64, "base64") : cell;
}
