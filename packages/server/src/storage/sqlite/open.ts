import { existsSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CompiledQuery, Kysely, SqliteDialect } from "kysely";
import type { Store } from "../../core/store.ts";
import type { Clock } from "../../core/world.ts";
import type { SqlFlavour } from "../sql/flavour.ts";
import { migrate, requireCurrentSchema } from "../sql/migrate.ts";
import { newNode } from "../sql/node-answer.ts";
import type { OpenOptions } from "../sql/open-options.ts";
import type { Database } from "../sql/schema.ts";
import { SqlStore } from "../sql/sql-store.ts";
import { DamageCheck } from "./damage-check.ts";
import { DamagedDatabaseError, openDatabaseFile } from "./database-file.ts";
import { isBusy, toKyselyDatabase, UnstorableTextError } from "./driver.ts";
import { ForeignWrites } from "./foreign-writes.ts";
import { LogSync } from "./log-sync.ts";
import { Threads } from "./threads.ts";

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
const UNIQUE_VIOLATIONS = new Set([2067, 1555]);

/** @internal exported for tests */
export const SQLITE_FLAVOUR: SqlFlavour = {
  bytes: "blob",
  byCodePoint: "collate binary",
  // A value has its own type here. With a cast around it the planner would not use an index, and read the
  // whole table for each batch.
  placeholder: () => "?",
  locksRows: false,
  takesArrays: false,
  isRefusal: (error) => SQLITE_FLAVOUR.isUniqueViolation(error) || SQLITE_FLAVOUR.isUnstorableText(error),
  // The port for Node 20 leaves `errcode` out where the statement returns rows, so the message decides there.
  isUniqueViolation: (error) => {
    const { errcode, message } = error as { errcode?: number; message?: string };
    return UNIQUE_VIOLATIONS.has(errcode ?? 0) || message?.startsWith("UNIQUE constraint failed") === true;
  },
  isUnstorableText: (error) => error instanceof UnstorableTextError,
};

/**
 * Opens or creates the embedded store. One connection writes, another reads committed state. WAL, which is on
 * the disk before a change is acknowledged, so that power loss undoes none. Throws `DamagedDatabaseError`,
 * `NewerSchemaError`.
 */
export async function openSqliteStore(path: string, clock: Clock, options: OpenOptions = {}): Promise<Store> {
  const isNew = !existsSync(path);
  const check = isNew ? "none" : checkOf(path, options);
  const writerFile = openDatabaseFile(path, { isNew, check: check === "now" });
  const writer = new Kysely<Database>({
    dialect: new SqliteDialect({ database: toKyselyDatabase(writerFile) }),
  });
  await (options.besideServer === true ? requireCurrentSchema(writer) : migrate(writer, SQLITE_FLAVOUR));
  const reader = new Kysely<Database>({
    dialect: new SqliteDialect({
      database: toKyselyDatabase(openDatabaseFile(path, { isNew: false, check: false })),
    }),
  });
  const self = { ...newNode(), appliedAfterMs: 0, unseenMs: 0 };
  const foreign = new ForeignWrites(writerFile);
  // The commits of this connection are brought to the disk by `log`, before they are acknowledged.
  writerFile.exec("pragma synchronous = normal");
  writerFile.exec("pragma busy_timeout = 0");
  const log = new LogSync(path);
  const threads = new Threads({ path, writerFile, foreign, largeFrom: options.largeFromBytes });
  const damage = new DamageCheck();
  const { onDamage } = options;
  if (onDamage && check === "later") {
    damage.start(path, (finding) => onDamage(new DamagedDatabaseError(path, finding)));
  }
  const store = new SqlStore(
    {
      flavour: SQLITE_FLAVOUR,
      reader,
      longReader: { db: threads.reader, isNeeded: () => threads.areNeeded() },
      transact: async (work, size) => {
        const isAside = threads.areNeeded();
        if (isAside) {
          await threads.log.beforeWrite();
        }
        log.requireSound();
        if (isAside && size !== "small") {
          return threads.writer.transact(work);
        }
        await transactOn(writer, work);
        await log.sync();
      },
      // This process is the only server, so no other node must be told. Changes that a command makes at the
      // same time go unnoticed.
      publish: () => [],
      subscribe: (listener) => foreign.watch(() => listener({ of: "everything" })),
      hearsChanges: () => true,
      collectReceipt: () => Promise.resolve({ asked: true, answers: [self] }),
      vitals: { livingNodes: () => 1, knowledgeAgeMs: () => 0 },
      close: async () => {
        foreign.stop();
        damage.stop();
        await threads.close();
        await log.close();
        await reader.destroy();
        writerFile.exec(`pragma busy_timeout = ${BUSY_MS_MAX}`);
        // The port for Node 20 keeps the file open until its statements are collected, so SQLite's own
        // checkpoint at close may not come.
        writerFile.prepare("pragma wal_checkpoint(truncate)").all();
        await writer.destroy();
      },
    },
    clock,
    options.ends ?? null,
  );
  return store.withEndsOpen();
}

function transactOn(
  writer: Kysely<Database>,
  work: (db: Kysely<Database>) => Promise<unknown>,
): Promise<void> {
  return writer.connection().execute(async (db) => {
    await begin(db);
    try {
      await work(db);
      await db.executeQuery(CompiledQuery.raw("commit"));
    } catch (error) {
      await db.executeQuery(CompiledQuery.raw("rollback")).catch(() => undefined);
      throw error;
    }
  });
}

const BEGIN = CompiledQuery.raw("begin immediate");
/** How long a transaction waits for another process that writes. */
const BUSY_MS_MAX = 5_000;
const BUSY_RETRY_MS = 5;

/**
 * Waits if another process writes, such as a command of the operator. SQLite's own wait would hold the event
 * loop.
 */
async function begin(db: Kysely<Database>): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += BUSY_RETRY_MS) {
    try {
      await db.executeQuery(BEGIN);
      return;
    } catch (error) {
      if (!isBusy(error) || waitedMs >= BUSY_MS_MAX) {
        throw error;
      }
    }
    await delay(BUSY_RETRY_MS);
  }
}

/**
 * SQLite's check reads the whole file. A large one is spared it if its last user closed it in good order and
 * left no log behind; else it is checked while the server serves, if somebody is to be told.
 */
const CHECKED_AT_ONCE_BYTES_MAX = 64 * 1024 * 1024;

function checkOf(path: string, { onDamage }: OpenOptions): "none" | "now" | "later" {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (statSync(path).size <= CHECKED_AT_ONCE_BYTES_MAX) {
    return "now";
  }
  return (log?.size ?? 0) === 0 ? "none" : onDamage ? "later" : "now";
}
