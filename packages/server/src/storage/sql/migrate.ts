import { type Kysely, type MigrationProvider, Migrator } from "kysely";
import type { SqlFlavour } from "./flavour.ts";
import { beginning } from "./migrations/0001-beginning.ts";
import { orderedLists } from "./migrations/0002-ordered-lists.ts";
import { accounts } from "./migrations/0003-accounts.ts";
import { life } from "./migrations/0004-life.ts";
import { events } from "./migrations/0005-events.ts";
import { organisation } from "./migrations/0006-organisation.ts";
import { operation } from "./migrations/0007-operation.ts";
import { idleDeadlines } from "./migrations/0008-idle-deadlines.ts";
import { dismissed } from "./migrations/0009-dismissed.ts";
import { namespaces } from "./migrations/0010-namespaces.ts";

/** Every migration, in order. Forward only; a released one is never edited. */
const TIMELINE = {
  "0001-beginning": beginning,
  "0002-ordered-lists": orderedLists,
  "0003-accounts": accounts,
  "0004-life": life,
  "0005-events": events,
  "0006-organisation": organisation,
  "0008-idle-deadlines": idleDeadlines,
  "0009-dismissed": dismissed,
  "0007-operation": operation,
  "0010-namespaces": namespaces,
} as const;

/** The schema is newer than this program: an older Mintmark must not write to it. */
class NewerSchemaError extends Error {
  constructor(names: readonly string[]) {
    super(
      `The database has migrations that this version does not know (${names.join(", ")}). Start the newer Mintmark that made them.`,
    );
    this.name = "NewerSchemaError";
  }
}

/**
 * Brings the schema to this program's version. Two nodes may race: one migrates, the other waits. Throws
 * `NewerSchemaError`.
 */
export async function migrate<Schema>(db: Kysely<Schema>, flavour: SqlFlavour): Promise<void> {
  const provider: MigrationProvider = {
    getMigrations: () =>
      Promise.resolve(
        Object.fromEntries(
          Object.entries(TIMELINE).map(([name, up]) => [
            name,
            { up: (target: Kysely<unknown>) => up(target, flavour) },
          ]),
        ),
      ),
  };
  await refuseNewer(db);
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) {
    throw error instanceof Error ? error : new Error("migration failed", { cause: error });
  }
}

/** The schema is older than this program, and a command must not change it below a server that may run. */
class OlderSchemaError extends Error {
  constructor() {
    super(
      "The database is of an older version. Start this Mintmark once, so that it brings the database up to date.",
    );
    this.name = "OlderSchemaError";
  }
}

/** Throws unless the schema is exactly this program's: `NewerSchemaError`, `OlderSchemaError`. */
export async function requireCurrentSchema<Schema>(db: Kysely<Schema>): Promise<void> {
  await refuseNewer(db);
  const untyped = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const applied = await untyped.selectFrom("kysely_migration").select("name").execute();
  if (applied.length < Object.keys(TIMELINE).length) {
    throw new OlderSchemaError();
  }
}

async function refuseNewer<Schema>(db: Kysely<Schema>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) {
    return;
  }
  const untyped = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const applied = await untyped.selectFrom("kysely_migration").select("name").execute();
  const unknown = applied.map((row) => row.name).filter((name) => !(name in TIMELINE));
  if (unknown.length > 0) {
    throw new NewerSchemaError(unknown);
  }
}
