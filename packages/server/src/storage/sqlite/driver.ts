import { createRequire } from "node:module";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { BoundedMap } from "../../core/bounded-map.ts";

/** The part of `node:sqlite` that we use; its port for runtimes without it has the same. */
interface NativeStatement {
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: unknown[]): IterableIterator<unknown>;
  columns(): readonly unknown[];
}

export interface NativeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NativeStatement;
  close(): void;
}

type DatabaseConstructor = new (path: string) => NativeDatabase;

/** Statements kept prepared; queries are few and fixed, but lists with filters multiply them. */
const STATEMENTS_MAX = 500;

/**
 * Opens a file with the runtime's own SQLite, or with its port on Node 20, which has none. Never both in one
 * process: that corrupts.
 */
export function openNative(path: string): NativeDatabase {
  const builtin = process.getBuiltinModule?.("node:sqlite") as
    | { DatabaseSync: DatabaseConstructor }
    | undefined;
  const { DatabaseSync } =
    builtin ??
    (createRequire(import.meta.url)("@photostructure/sqlite") as { DatabaseSync: DatabaseConstructor });
  return new DatabaseSync(path);
}

const SQLITE_BUSY = 5;

/** True if another connection holds a lock that the statement needs. */
export function isBusy(error: unknown): boolean {
  const { errcode, message } = error as { errcode?: number; message?: string };
  return errcode === SQLITE_BUSY || message?.includes("database is locked") === true;
}

/** The native database in the shape that Kysely's own dialect wants, with statements kept. */
export function toKyselyDatabase(native: NativeDatabase): SqliteDatabase {
  const statements = new BoundedMap<string, SqliteStatement>(STATEMENTS_MAX);
  return {
    close: () => {
      statements.clear();
      native.close();
    },
    prepare: (sql) => {
      const known = statements.get(sql);
      if (known) {
        return known;
      }
      const statement = prepare(native, sql);
      statements.set(sql, statement);
      return statement;
    },
  };
}

function prepare(native: NativeDatabase, sql: string): SqliteStatement {
  const statement = native.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...storable(parameters)),
    run: (parameters) => statement.run(...storable(parameters)),
    iterate: (parameters) => statement.iterate(...storable(parameters)),
  };
}

/**
 * The port for Node 20 gives text back only up to its first NUL, and PostgreSQL has none in text; so it is
 * refused here too.
 */
export class UnstorableTextError extends Error {
  constructor() {
    super("text with a NUL cannot be stored");
    this.name = "UnstorableTextError";
  }
}

export function storable(parameters: readonly unknown[]): readonly unknown[] {
  if (parameters.some((value) => typeof value === "string" && value.includes("\0"))) {
    throw new UnstorableTextError();
  }
  return parameters;
}
