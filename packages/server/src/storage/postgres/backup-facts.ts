import pg from "pg";
import { type BackupFacts, readBackupFacts } from "../sql/backup-facts.ts";

const TIMEOUT_MS = 60_000;

/** The facts of the database that a backup needs, all read at one moment. */
export async function postgresFacts(url: string): Promise<BackupFacts> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "mintmark backup",
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    return await readBackupFacts(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    await client.end();
  }
}
