import { Kysely } from "kysely";
import type pg from "pg";
import type { Database } from "../sql/schema.ts";
import { ClientDialect } from "./client-dialect.ts";

/**
 * Read committed: each statement must see what other transactions have committed by then. The checks of jobs
 * that waited for the audit head rely on it.
 */
const BEGIN = "begin isolation level read committed";
/** Shorter than the time after which the database looks for deadlocks and chooses one to fail. */
const BEGIN_APART = `${BEGIN}; set local lock_timeout = '250ms'`;

/**
 * Runs work in one transaction of one connection. Begin and commit are no round trips of their own: the first
 * statement goes right behind the begin, and the commit right behind the last statement.
 */
export async function transactOn(
  pool: pg.Pool,
  work: (db: Kysely<Database>) => Promise<readonly Promise<unknown>[]>,
  { waitsForLocks }: { readonly waitsForLocks: boolean },
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const begun = client.query(waitsForLocks ? BEGIN : BEGIN_APART);
    begun.catch(() => undefined);
    const answers = await work(new Kysely<Database>({ dialect: new ClientDialect(client) }));
    // The database makes a rollback of this commit if a statement before it has failed.
    const committed = client.query("commit");
    // The first failure is the cause of those behind it.
    for (const outcome of await Promise.allSettled([begun, ...answers, committed.then(requireCommitted)])) {
      if (outcome.status === "rejected") {
        throw outcome.reason;
      }
    }
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function requireCommitted({ command }: pg.QueryResult): void {
  if (command !== "COMMIT") {
    throw new Error(`the database answered a commit with ${command}`);
  }
}
