import { type CompiledQuery, Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Change, Store } from "../../core/store.ts";
import type { Clock } from "../../core/world.ts";
import { namedQuery } from "../sql/batch/row-sets.ts";
import type { SqlFlavour } from "../sql/flavour.ts";
import { migrate, requireCurrentSchema } from "../sql/migrate.ts";
import { ANY_KEY, type OpenOptions } from "../sql/open-options.ts";
import type { Database } from "../sql/schema.ts";
import { SqlStore } from "../sql/sql-store.ts";
import { CHANGES_CHANNEL, ChangeFeed } from "./change-feed.ts";
import { writeChanges } from "./change-words.ts";
import { transactOn } from "./transactions.ts";

const UNIQUE_VIOLATION = "23505";
/** Classes of SQLSTATE: cardinality, data, integrity, rollback, limits, locks. */
const REFUSED_CLASSES: ReadonlySet<string> = new Set(["21", "22", "23", "40", "54", "55"]);
const CHARACTER_NOT_IN_REPERTOIRE = "22021";
const INT8 = 20;
const CONNECTIONS_MAX = 10;
/** Also bounds how long a query waits for a free connection: a burst should queue, not be refused. */
const CONNECT_TIMEOUT_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/** @internal exported for tests */
export const POSTGRES_FLAVOUR: SqlFlavour = {
  bytes: "bytea",
  byCodePoint: 'collate "C"',
  // It would take for text what stands in `values` alone.
  placeholder: (position, type) => `cast($${position} as ${type})`,
  locksRows: true,
  takesArrays: true,
  isRefusal: (error) => REFUSED_CLASSES.has(String((error as { code?: unknown }).code).slice(0, 2)),
  isUniqueViolation: (error) => (error as { code?: string }).code === UNIQUE_VIOLATION,
  isUnstorableText: (error) => (error as { code?: string }).code === CHARACTER_NOT_IN_REPERTOIRE,
};

/**
 * Opens a store that any number of nodes may share. Throws `NewerSchemaError`, or the driver's error when the
 * server is out of reach.
 */
export async function openPostgresStore(
  url: string,
  clock: Clock,
  onError: (error: Error) => void,
  options: OpenOptions = {},
): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: "mintmark",
    // Statements of a transaction go one behind another (`SentStatements`).
    pipeline: true,
    // Our integers are epoch milliseconds and counters, all below 2^53.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  });
  // A broken connection emits an event, which ends the process if it has no listener: the pool listens on
  // idle ones, this listener covers those in use. The current or next query fails in any case.
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const feed = new ChangeFeed(url, onError, options.keyVersions ?? (() => ANY_KEY));
  try {
    await sql`select 1`.execute(db);
    await (options.besideServer === true ? requireCurrentSchema(db) : migrate(db, POSTGRES_FLAVOUR));
    await feed.start();
  } catch (error) {
    await feed.close();
    await db.destroy();
    throw error;
  }
  const store = new SqlStore(
    {
      flavour: POSTGRES_FLAVOUR,
      reader: db,
      longReader: null,
      transact: (work, size) => transactOn(pool, work, { waitsForLocks: size !== "apart" }),
      publish,
      subscribe: (listener) => feed.subscribe(listener),
      hearsChanges: () => feed.hears(),
      collectReceipt: () => feed.barriers.collectReceipt(),
      vitals: { livingNodes: () => 1 + feed.nodes.others.length, knowledgeAgeMs: () => feed.ageMs() },
      close: async () => {
        await feed.close();
        await db.destroy();
      },
    },
    clock,
    options.ends ?? null,
  );
  return store.withEndsOpen();
}

/** Told by the database itself, when and only when the transaction commits. */
function publish(changes: readonly Change[]): readonly CompiledQuery[] {
  return writeChanges(changes).map((message) => NOTIFY([CHANGES_CHANNEL, message]));
}

const NOTIFY = namedQuery("notify", "select pg_notify($1, $2)");
