import { type Kysely, type MigrationProvider, Migrator, sql } from "kysely";
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
import { clientFlows } from "./migrations/0011-client-flows.ts";
import { mailSettings } from "./migrations/0012-mail-settings.ts";
import { addressTrial } from "./migrations/0013-address-trial.ts";
import { activity } from "./migrations/0014-activity.ts";
import { auditSearch } from "./migrations/0015-audit-search.ts";
import { idleTimes } from "./migrations/0016-idle-times.ts";

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
  "0011-client-flows": clientFlows,
  "0012-mail-settings": mailSettings,
  "0013-address-trial": addressTrial,
  "0014-activity": activity,
  "0015-audit-search": auditSearch,
  "0016-idle-times": idleTimes,
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

/** Nodes of an earlier version run on the database, and would not understand what this version writes. */
export class EarlierNodesError extends Error {
  constructor(names: readonly string[]) {
    super(
      `Nodes of an earlier version still run on this database (${names.join(", ")}). This version changes the schema: stop them all, then start it.`,
    );
    this.name = "EarlierNodesError";
  }
}

/**
 * Brings the schema to this program's version, or only up to a migration. Two nodes may race: one migrates,
 * the other waits. Throws `NewerSchemaError`, and `EarlierNodesError` before anything is changed.
 */
export async function migrate<Schema>(
  db: Kysely<Schema>,
  flavour: SqlFlavour,
  upTo?: keyof typeof TIMELINE,
): Promise<void> {
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
  const migrator = new Migrator({ db, provider });
  const known = await migrator.getMigrations();
  const isNew = known.every(({ executedAt }) => executedAt === undefined);
  if (flavour.locksRows && !isNew && known.some(({ executedAt }) => executedAt === undefined)) {
    await refuseBesideNodes(db);
  }
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo));
  if (error) {
    throw error instanceof Error ? error : new Error("migration failed", { cause: error });
  }
}

/** As long as the table of nodes counts a silent node as running. */
const RUNNING_MS = 10_000;

async function refuseBesideNodes<Schema>(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select url as name from nodes
    where seen_at > (extract(epoch from clock_timestamp()) * 1000)::bigint - ${sql.lit(RUNNING_MS)}
    order by started_at`.execute(db);
  if (rows.length > 0) {
    throw new EarlierNodesError(rows.map(({ name }) => name));
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
