import type { ChainHead } from "../../core/audit/events.ts";

/** The facts of a database that a backup needs. */
export interface BackupFacts {
  readonly auditHead: ChainHead;
  /** Of each version of the master key that the database needs. */
  readonly keyFingerprints: Readonly<Record<string, string>>;
  /** Every artifact that a row names. */
  readonly artifacts: readonly { readonly sha256: string; readonly size: number }[];
  readonly rows: { readonly credentials: number; readonly auditEvents: number };
  /** Names of the migrations applied to the schema. */
  readonly migrations: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** Reads the facts by plain statements that every database and every version of the schema understands. */
export async function readBackupFacts(
  query: (sql: string) => Promise<readonly Row[]> | readonly Row[],
): Promise<BackupFacts> {
  const one = async (sql: string): Promise<Row | undefined> => (await query(sql))[0];
  const count = async (table: string): Promise<number> =>
    Number((await one(`select count(*) as n from ${table}`))?.["n"]);
  const head = await one("select seq, hash from audit_head where id = 1");
  const artifacts = await query("select sha256, max(size) as size from collection_versions group by sha256");
  const migrations = await query("select name from kysely_migration order by name");
  return {
    auditHead: { seq: Number(head?.["seq"]), hash: String(head?.["hash"]) },
    keyFingerprints: await readFingerprints(one),
    artifacts: artifacts.map(({ sha256, size }) => ({ sha256: String(sha256), size: Number(size) })),
    rows: { credentials: await count("credentials"), auditEvents: await count("audit_events") },
    migrations: migrations.map(({ name }) => String(name)),
  };
}

async function readFingerprints(
  one: (sql: string) => Promise<Row | undefined>,
): Promise<Readonly<Record<string, string>>> {
  const record = await one("select value from settings where name = 'master-keys'");
  if (record !== undefined) {
    return (JSON.parse(String(record["value"])) as { fingerprints: Record<string, string> }).fingerprints;
  }
  const only = await one("select value from settings where name = 'master-key'");
  return only === undefined ? {} : { 1: String(only["value"]) };
}
